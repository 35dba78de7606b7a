package web

import (
	"net/http"
	"strings"

	"digitalpost/internal/post"
)

// DeviceOf is the kind of device a request comes from, of what the browser says
// of itself. Nothing else of that is kept. A tablet that calls itself a computer
// (Safari on iPadOS does) is one.
func DeviceOf(r *http.Request) post.Device {
	agent := r.UserAgent()
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(agent, w) {
				return true
			}
		}
		return false
	}
	android := has("Android") || r.Header.Get("Sec-CH-UA-Platform") == `"Android"`
	switch {
	case has("iPad", "Tablet"):
		return post.DeviceTablet
	case has("iPhone", "iPod", "Mobile") || r.Header.Get("Sec-CH-UA-Mobile") == "?1":
		return post.DevicePhone
	case android:
		return post.DeviceTablet // a phone's Android says "Mobile"
	case has("Mozilla/"):
		return post.DeviceComputer
	}
	return post.DeviceProgram
}
