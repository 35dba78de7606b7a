package company

import (
	"testing"
	"time"
)

// FuzzReadList reads whatever comes: it answers with lines, each whole or with what is
// wrong with it, or with an error.
func FuzzReadList(f *testing.F) {
	f.Add([]byte("Medarbejdernummer;Enhedens CVR-nummer;Rettighed;Første dag;Sidste dag\r\n1002;10150817;Læseadgang;;31.12.2027\r\n"))
	f.Add([]byte("\ufeffmedarbejdernummer,\"enhedens cvr-nummer\",rettighed\n'=1,10 15 08 17,\"employee.write\"\n,,\n"))
	f.Add([]byte("Medarbejdernummer\tEnhedens CVR-nummer\tRettighed\n\xe6\t\"\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		rows, err := readList(raw)
		if err != nil {
			return
		}
		if len(rows) == 0 || len(rows) > MaxLines {
			t.Fatal(len(rows), "lines")
		}
		for _, r := range rows {
			if r.at < 1 {
				t.Error("a line without a number")
			}
			if r.code != "" {
				continue
			}
			if r.number == "" || r.cvr.IsZero() || r.relation&employees == 0 {
				t.Errorf("%+v", r)
			}
			for _, day := range []time.Time{r.from, r.to} {
				if !day.IsZero() && (day.Year() < 2000 || day.Year() > 2200) {
					t.Error(day)
				}
			}
		}
	})
}
