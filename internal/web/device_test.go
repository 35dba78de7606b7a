package web_test

import (
	"net/http/httptest"
	"testing"

	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// ACC-16: the kind of device.
func TestTheKindOfDeviceIsFoundOfWhatTheBrowserSays(t *testing.T) {
	for _, test := range []struct {
		want                    post.Device
		agent, platform, mobile string
	}{
		{post.DeviceComputer, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", `"Windows"`, "?0"},
		{post.DeviceComputer, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15", "", ""},
		{post.DeviceComputer, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "", ""},
		{post.DevicePhone, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "", ""},
		{post.DevicePhone, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", `"Android"`, "?1"},
		{post.DevicePhone, "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "", ""},
		{post.DeviceTablet, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", `"Android"`, "?0"},
		{post.DeviceTablet, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", `"Android"`, "?0"},
		{post.DeviceTablet, "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1", "", ""},
		{post.DeviceTablet, "Mozilla/5.0 (Android 16; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", "", ""},
		{post.DevicePhone, "DigitalPost/3 (iPhone; iOS 18.6)", "", ""},
		{post.DeviceProgram, "curl/8.17.0", "", ""},
		{post.DeviceProgram, "", "", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User-Agent", test.agent)
		r.Header.Set("Sec-CH-UA-Platform", test.platform)
		r.Header.Set("Sec-CH-UA-Mobile", test.mobile)
		if got := web.DeviceOf(r); got != test.want {
			t.Errorf("%q is a %s, not a %s", test.agent, got, test.want)
		}
	}
}
