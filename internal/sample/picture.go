package sample

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"sync"
)

// Colours of the map, by what is there.
var (
	land     = color.RGBA{0xf1, 0xee, 0xe6, 0xff}
	fjord    = color.RGBA{0xb5, 0xd6, 0xe6, 0xff}
	beach    = color.RGBA{0xe9, 0xdf, 0xc4, 0xff}
	park     = color.RGBA{0xc6, 0xdf, 0xb8, 0xff}
	road     = color.RGBA{0xff, 0xff, 0xff, 0xff}
	building = color.RGBA{0xd9, 0xd2, 0xc5, 0xff}
	pier     = color.RGBA{0xc9, 0xbf, 0xae, 0xff}
	townHall = color.RGBA{0x0f, 0x5c, 0x60, 0xff}
	pin      = color.RGBA{0xb3, 0x2d, 0x2d, 0xff}
)

// The map is drawn in units of its own, and has fewer pixels than those.
const (
	mapWidth  = 1000
	mapHeight = 640
	mapScale  = 1.25 // units in a pixel
)

// roads are lines of points, with half their width.
var roads = []struct {
	half   float64
	points [][2]float64
}{
	{12, [][2]float64{{-20, 330}, {300, 318}, {640, 348}, {1020, 320}}}, // Strandvænget
	{9, [][2]float64{{-20, 500}, {330, 482}, {700, 505}, {1020, 480}}},
	{9, [][2]float64{{180, 700}, {196, 322}, {176, 230}}},
	{9, [][2]float64{{430, 700}, {420, 324}}},
	{9, [][2]float64{{668, 700}, {662, 348}}},
	{9, [][2]float64{{880, 700}, {866, 332}, {884, 240}}},
	{5, [][2]float64{{300, 700}, {306, 486}}},
	{5, [][2]float64{{552, 494}, {548, 338}}},
	{5, [][2]float64{{770, 502}, {764, 338}}},
	{5, [][2]float64{{-20, 585}, {1020, 578}}},
}

// townMap draws, once, where Borgerservice is: a town by a fjord, with a pin on
// the town hall. There is no writing on it.
var townMap = sync.OnceValue(func() []byte {
	const fine = 2 // samples along each side of a pixel, to smooth the edges
	img := image.NewRGBA(image.Rect(0, 0, mapWidth/mapScale, mapHeight/mapScale))
	built := houses()
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			var r, g, b int
			for i := range fine * fine {
				c := mapAt(built, (float64(x)+(float64(i%fine)+0.5)/fine)*mapScale, (float64(y)+(float64(i/fine)+0.5)/fine)*mapScale)
				r, g, b = r+int(c.R), g+int(c.G), b+int(c.B)
			}
			img.SetRGBA(x, y, color.RGBA{uint8(r / (fine * fine)), uint8(g / (fine * fine)), uint8(b / (fine * fine)), 0xff})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // memory does not fail to be written
	}
	return out.Bytes()
})

// mapAt is the colour of a point, the uppermost thing first.
func mapAt(built map[plot]bool, x, y float64) color.RGBA {
	if c, ok := pinAt(x-498, y-372); ok {
		return c
	}
	shore := 205 + 34*math.Sin(x/170) + 12*math.Sin(x/53+1)
	switch {
	case inside(x, y, 456, 366, 540, 424) && !inside(x, y, 484, 366, 512, 386):
		return townHall
	case onRoad(x, y, 0):
		return road
	case inside(x, y, 590, 120, 604, 250), inside(x, y, 590, 120, 680, 132):
		return pier
	case y < shore:
		return fjord
	case y < shore+16:
		return beach
	case inPark(x, y, 0):
		return park
	case onPlot(built, x, y):
		return building
	}
	return land
}

// onRoad tells whether a point is nearer than a distance to a road.
func onRoad(x, y, near float64) bool {
	for _, r := range roads {
		for i := range len(r.points) - 1 {
			if distance(x, y, r.points[i], r.points[i+1]) < r.half+near {
				return true
			}
		}
	}
	return false
}

func inPark(x, y, near float64) bool {
	return inside(x, y, 578-near, 368-near, 640+near, 480+near) || math.Hypot((x-310)/(92+near), (y-400)/(58+near)) < 1
}

// plot is a place in the grid that houses stand in.
type plot struct{ column, row int }

const (
	plotSize  = 31.0
	houseHalf = 10.0
)

func (p plot) middle() (x, y float64) {
	return (float64(p.column) + 0.5) * plotSize, (float64(p.row) + 0.5) * plotSize
}

// houses are the plots with a house: clear of roads, parks and the square before
// the town hall.
func houses() map[plot]bool {
	built := map[plot]bool{}
	for column := range mapWidth/int(plotSize) + 1 {
		for row := range mapHeight/int(plotSize) + 1 {
			p := plot{column, row}
			x, y := p.middle()
			empty := (column*7+row*5)%9 == 0
			built[p] = !empty && y > 290 && !onRoad(x, y, houseHalf+4) && !inPark(x, y, houseHalf+4) && !inside(x, y, 434, 340, 562, 446)
		}
	}
	return built
}

func onPlot(built map[plot]bool, x, y float64) bool {
	p := plot{int(x / plotSize), int(y / plotSize)}
	middleX, middleY := p.middle()
	return math.Abs(x-middleX) < houseHalf && math.Abs(y-middleY) < houseHalf && built[p]
}

// pinAt is the pin with its point at 0,0.
func pinAt(x, y float64) (color.RGBA, bool) {
	const radius, height = 27.0, 66.0
	fromHead := math.Hypot(x, y+height)
	switch {
	case fromHead < 10:
		return road, true
	case fromHead < radius:
		return pin, true
	case y < 0 && y > -height+8 && math.Abs(x) < -y*0.38:
		return pin, true
	}
	return color.RGBA{}, false
}

func inside(x, y, left, top, right, bottom float64) bool {
	return x >= left && x < right && y >= top && y < bottom
}

// distance is how far a point is from a line between two others.
func distance(x, y float64, a, b [2]float64) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	along := ((x-a[0])*dx + (y-a[1])*dy) / (dx*dx + dy*dy)
	along = min(max(along, 0), 1)
	return math.Hypot(x-a[0]-along*dx, y-a[1]-along*dy)
}
