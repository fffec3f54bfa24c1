package detect

import (
	"slices"
	"strings"
)

// made tells by the name of the callable what kind of app it makes. Names that
// other libraries use too stand with their module.
var made = map[string]string{
	"Flask": "Flask", "APIFlask": "Flask", "OpenAPI": "Flask", "FlaskApp": "Flask", "Bottle": "Bottle", "Dash": "Dash",
	"FastAPI": "FastAPI", "Starlette": "Starlette", "Quart": "Quart", "Litestar": "Litestar", "Starlite": "Litestar",
	"NinjaAPI": "", "FastHTML": "Starlette", "fast_app": "Starlette",
	"get_wsgi_application": "get_wsgi_application", "get_asgi_application": "get_asgi_application",
	"make_wsgi_app": "wsgi", "Sanic": "Sanic",
	"bottle.default_app": "Bottle", "bottle.app": "Bottle", "falcon.App": "Falcon", "falcon.API": "Falcon", "falcon.asgi.App": "asgi",
	"socketio.ASGIApp": "asgi", "socketio.WSGIApp": "wsgi", "asgiref.wsgi.WsgiToAsgi": "asgi", "a2wsgi.WSGIMiddleware": "asgi",
	"a2wsgi.ASGIMiddleware": "wsgi", "blacksheep.Application": "asgi", "blacksheep.server.Application": "asgi",
	"connexion.App": "Flask", "connexion.AsyncApp": "asgi", "shiny.App": "asgi", "channels.routing.ProtocolTypeRouter": "asgi",
	"aiohttp.web.Application": "aiohttp", "tornado.web.Application": "Tornado", "robyn.Robyn": "Robyn",
}

// notWeb make what is often called app, and is none that a server serves.
var notWeb = []string{"typer.Typer", "celery.Celery", "cyclopts.App", "PyQt5.QtWidgets.QApplication", "slack_bolt.App", "faust.App", "dramatiq.Broker",
	"tornado.web.Application", "robyn.Robyn", "textual.app.App", "firebase_admin.initialize_app", "rq.Queue", "arq.create_pool"}

// kindOf is what kind of app a callable makes; "" when unknown.
func kindOf(callable string) string {
	callable = strings.TrimLeft(callable, ".")
	if kind, ok := made[callable]; ok {
		return kind
	}
	parts := strings.Split(callable, ".")
	return made[parts[len(parts)-1]]
}

var asgiKinds = []string{"FastAPI", "Starlette", "Quart", "Litestar", "get_asgi_application", "asgi"}

// alone are kinds that bring a server of their own, and take no other.
var alone = []string{"aiohttp", "Tornado", "Robyn"}

func (m module) asgi() bool { return slices.Contains(asgiKinds, m.kind) }

// uis are frameworks whose file is given to a program of theirs.
var uis = []string{"streamlit", "gradio", "chainlit"}

// factories are names of functions that make the app.
var factories = []string{"create_app", "make_app", "create_application", "get_app", "build_app", "get_application", "app_factory", "init_app"}

// objects are names of the app where nothing tells what made it.
var objects = []string{"application", "app", "server"}
