package visit

import (
	"strings"
	"testing"
)

func TestBrowser(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ system, env, want string }{
		{"linux", "", ""}, {"linux", "DISPLAY", "xdg-open"}, {"linux", "WAYLAND_DISPLAY", "xdg-open"},
		{"linux", "BROWSER", "BROWSER"}, {"darwin", "", "open"}, {"windows", "", "rundll32 url.dll,FileProtocolHandler"},
	} {
		name, args := browser(tt.system, func(n string) (string, bool) {
			if n == tt.env {
				return n, true
			}
			return "", false
		})
		if got := strings.TrimSpace(name + " " + strings.Join(args, " ")); got != tt.want {
			t.Errorf("%s with %s: %q, want %q", tt.system, tt.env, got, tt.want)
		}
	}
}
