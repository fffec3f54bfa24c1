// Package serving knows the programs that serve Python web apps: the command
// that starts each for an app, and, of a command that somebody wrote, what it
// starts and where it listens. It knows their options and defaults, and no file.
package serving

import (
	"regexp"
	"strings"
)

// App is what a server is to serve: an object of a module, or what a function
// without arguments makes.
type App struct {
	Module, Object string
	Factory        bool
}

// Target is the app as gunicorn and its like name it.
func (a App) Target() string {
	if a.Factory {
		return a.Module + ":" + a.Object + "()"
	}
	return a.Module + ":" + a.Object
}

var target = regexp.MustCompile(`^([A-Za-z_][\w.]*)(?::([A-Za-z_][\w.]*)(\(.*\))?)?$`)

// ParseApp reads a target such as pkg.main:app or pkg.main:make(). Object is ""
// where none is named.
func ParseApp(text string) (a App, ok bool) {
	m := target.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return a, false
	}
	return App{Module: m[1], Object: m[2], Factory: m[3] != ""}, true
}

const everywhere = "0.0.0.0:${PORT:-8080}"

// commands give the shell line that has a server serve an app where a target's
// contract wants it; "" for one that cannot.
var commands = map[string]func(App) string{
	"gunicorn": func(a App) string { return "gunicorn --threads 8 --timeout 0 " + Quote(a.Target()) },
	"waitress": func(a App) string {
		if a.Factory {
			return "waitress-serve --listen " + everywhere + " --call " + a.Module + ":" + a.Object
		}
		return "waitress-serve --listen " + everywhere + " " + a.Target()
	},
	"uvicorn": func(a App) string {
		if a.Factory {
			return "uvicorn --factory " + a.Module + ":" + a.Object + " --host 0.0.0.0 --port ${PORT:-8080}"
		}
		return "uvicorn " + a.Target() + " --host 0.0.0.0 --port ${PORT:-8080}"
	},
	"hypercorn": func(a App) string { return "hypercorn --bind " + everywhere + " " + Quote(a.Target()) },
	"daphne": func(a App) string {
		if a.Factory {
			return ""
		}
		return "daphne -b 0.0.0.0 -p ${PORT:-8080} " + a.Target()
	},
	"granian": func(a App) string {
		factory := ""
		if a.Factory {
			factory = " --factory"
		}
		return "granian --interface asgi" + factory + " --host 0.0.0.0 --port ${PORT:-8080} " + a.Module + ":" + a.Object
	},
	"sanic": func(a App) string {
		factory := ""
		if a.Factory {
			factory = " --factory"
		}
		return "sanic " + a.Module + ":" + a.Object + factory + " --host=0.0.0.0 --port=${PORT:-8080}"
	},
}

// Serve gives the shell line, without exec, that serves the app by a server
// of that package; "" when it cannot.
func Serve(pkg string, a App) string {
	if make := commands[pkg]; make != nil {
		return make(a)
	}
	return ""
}

// Quote writes a target as a word of a shell line.
func Quote(target string) string {
	if strings.Contains(target, "(") {
		return "'" + target + "'"
	}
	return target
}
