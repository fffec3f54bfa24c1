package visit

import (
	"context"
	"os"
	"os/exec"
	"runtime"
)

// Browser shows a URL in the user's browser; false where there is none to be found.
func Browser(ctx context.Context, url string, lookup func(string) (string, bool)) bool {
	name, args := browser(runtime.GOOS, lookup)
	if name == "" {
		return false
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return false
	}
	c := exec.CommandContext(ctx, path, append(args, url)...)
	c.Stdout, c.Stderr = nil, os.Stderr
	return c.Run() == nil
}

// browser is what opens a URL on a system.
func browser(system string, lookup func(string) (string, bool)) (name string, args []string) {
	if b, _ := lookup("BROWSER"); b != "" {
		return b, nil
	}
	switch system {
	case "darwin":
		return "open", nil
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler"}
	}
	_, x := lookup("DISPLAY")
	_, wayland := lookup("WAYLAND_DISPLAY")
	if !x && !wayland {
		return "", nil
	}
	return "xdg-open", nil
}
