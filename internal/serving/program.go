package serving

import "strings"

// program is a server's command line. An option that is not among flags takes a
// value.
type program struct {
	pkg        string // the Python package that brings it; "" for Python's own
	sub        string // the subcommand that serves
	bind       string // options for host:port, host and port
	host, port string
	at         string // where it listens without them; "" = not known
	env        string // the prefix of variables that say it, too
	other      string // options and files that it may get an address from
	flags      string
	rebind     string // what makes it listen on PORT
	module     bool   // serves a module's object, or the module alone
}

var programs = map[string]program{
	"gunicorn": {pkg: "gunicorn", bind: "-b --bind", at: "0.0.0.0:$PORT", env: "GUNICORN_CMD_ARGS", other: "-c --config gunicorn.conf.py", module: true,
		flags: "--reload --preload -D --daemon --check-config --print-config --no-sendfile --reuse-port --capture-output -R --enable-stdio-inheritance --spew --proxy-protocol --log-syslog --disable-redirect-access-to-syslog --strip-header-spaces"},
	"uvicorn": {pkg: "uvicorn", host: "--host", port: "--port", at: "127.0.0.1:8000", env: "UVICORN_", other: "--uds --fd", module: true, rebind: "--host 0.0.0.0 --port ${PORT:-8080}",
		flags: "--reload --factory --proxy-headers --no-proxy-headers --access-log --no-access-log --use-colors --no-use-colors --server-header --no-server-header --date-header --no-date-header"},
	"hypercorn": {pkg: "hypercorn", bind: "-b --bind", at: "127.0.0.1:8000", other: "-c --config", module: true, rebind: "--bind " + everywhere, flags: "--debug --reload"},
	"daphne": {pkg: "daphne", host: "-b --bind", port: "-p --port", at: "127.0.0.1:8000", other: "-u --unix-socket --fd -e --endpoint", module: true,
		rebind: "-b 0.0.0.0 -p ${PORT:-8080}", flags: "--no-server-name --proxy-headers"},
	"waitress-serve": {pkg: "waitress", bind: "--listen", host: "--host", port: "--port", at: "0.0.0.0:8080", other: "--unix-socket", module: true,
		rebind: "--listen " + everywhere, flags: "--call --expose-tracebacks --no-expose-tracebacks --ident --no-ident"},
	"granian": {pkg: "granian", host: "--host", port: "--port", at: "127.0.0.1:8000", env: "GRANIAN_", other: "--uds", module: true,
		rebind: "--host 0.0.0.0 --port ${PORT:-8080}", flags: "--ws --no-ws --reload --no-reload --access-log --no-access-log --factory --no-factory --log --no-log"},
	"sanic": {pkg: "sanic", host: "-H --host", port: "-p --port", at: "127.0.0.1:8000", env: "SANIC_", other: "-u --unix", module: true,
		rebind: "--host=0.0.0.0 --port=${PORT:-8080}", flags: "--fast --factory --debug -d --dev --single-process --access-logs --no-access-logs -r --reload --auto-reload --no-motd"},
	"flask": {pkg: "flask", sub: "run", host: "-h --host", port: "-p --port", at: "127.0.0.1:5000", env: "FLASK_RUN_", rebind: "--host 0.0.0.0 --port ${PORT:-8080}",
		flags: "--reload --no-reload --debug --no-debug --debugger --no-debugger --with-threads --without-threads"},
	"fastapi": {pkg: "fastapi", sub: "run", host: "--host", port: "--port", at: "0.0.0.0:8000", env: "UVICORN_", rebind: "--host 0.0.0.0 --port ${PORT:-8080}",
		flags: "--reload --no-reload --proxy-headers --no-proxy-headers"},
	"streamlit":           {pkg: "streamlit", sub: "run", host: "--server.address", port: "--server.port", env: "STREAMLIT_", rebind: "--server.address 0.0.0.0 --server.port ${PORT:-8080}"},
	"chainlit":            {pkg: "chainlit", sub: "run", host: "--host", port: "--port", env: "CHAINLIT_", rebind: "--host 0.0.0.0 --port ${PORT:-8080}", flags: "-h --headless -w --watch -d --debug"},
	"functions-framework": {pkg: "functions-framework", host: "--host", port: "--port", at: "0.0.0.0:$PORT", env: "PORT", rebind: "--port ${PORT:-8080}", flags: "--debug --no-debug"},
}

// splitOption gives an option's name and the value that is joined to it.
func splitOption(word string) (name, value string, joined bool) {
	if strings.HasPrefix(word, "--") {
		return strings.Cut(word, "=")
	}
	if len(word) > 2 && word[0] == '-' {
		return word[:2], strings.TrimPrefix(word[2:], "="), true
	}
	return word, "", false
}

func among(name, list string) bool {
	return name != "" && strings.Contains(" "+list+" ", " "+name+" ")
}
