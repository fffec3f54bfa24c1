package run

import (
	"fmt"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
)

// like is a setting that somebody has to choose a key's value for.
const like = ": `run: {%s}` is the like of it"

// rest are the keys that no setting is made of, and what of them is so on Cloud Run.
// Those of their sections that are not named are told by the section.
var rest = []struct{ path, text string }{
	{"network.forwarded_ports", ": only the app's own port is reached on Cloud Run"},
	{"network.session_affinity", fmt.Sprintf(like, "session_affinity: true")},
	{"network.instance_ip_mode", ": instances of Cloud Run have no addresses of their own"},
	{"network.instance_tag", fmt.Sprintf(like, "vpc: {network: …, tags: […]}")},
	{"network.name", fmt.Sprintf(like, "vpc: {network: …, subnet: …}")},
	{"vpc_access_connector", fmt.Sprintf(like, "vpc: {connector: …, egress: …}")},
	{"resources.disk_size_gb", ": there is no disk; files that the app writes are kept in memory, so run.memory has to hold them"},
	{"resources.volumes", ": files that the app writes are kept in memory, so run.memory has to hold them"},
	{"readiness_check.app_start_timeout_sec", ": Cloud Run waits four minutes for an app to listen; start_timeout is for the check before a release"},
	{"liveness_check", fmt.Sprintf(like, "liveness_probe: {http_get: {path: …}}")},
	{"health_check", ": write start: {path: …} for what is asked before a release"},
	{"vm_health_check", ": write start: {path: …} for what is asked before a release"},
	{"endpoints_api_service", ": requests do not pass Cloud Endpoints; its proxy is a service of its own on Cloud Run"},
	{"vm_settings", " is not read"},
	{"zones", ": Cloud Run chooses the zones of its region"},
	{"build_env_variables", ": builds do not get them; wheels.build_env is for building wheels"},
	{"basic_scaling.idle_timeout", ": Cloud Run stops idle instances when it sees fit"},
	{"automatic_scaling.cpu_utilization", ": Cloud Run scales by CPU and requests in its own way"},
	{"automatic_scaling.custom_metrics", ": Cloud Run scales by CPU and requests alone"},
	{"skip_files", ": write a .gcloudignore for what is not sent"},
	{"inbound_services", ": nothing calls the app for mail, chats and warmup requests"},
	{"error_handlers", ": the app answers errors itself"},
	{"default_expiration", ": the app says how long its files may be kept"},
	{"app_engine_apis", ": App Engine's own services are not there"},
	{"main", ": say entrypoint instead"},
	{"standard_websocket", ": Cloud Run serves WebSockets without it"},
}

// rest notes what is left of the file.
func (i *importing) rest() {
	for _, r := range rest {
		if _, ok := i.f.At(r.path); ok {
			i.note(r.path, "%s", r.text)
		}
	}
	if instances := i.f.Text("beta_settings.cloud_sql_instances"); instances != "" {
		name, _, tcp := strings.Cut(instances, "=tcp:")
		i.note("beta_settings.cloud_sql_instances", like, "cloudsql_instances: ["+name+"]")
		if tcp {
			i.note("beta_settings.cloud_sql_instances", ": the database is found below /cloudsql, and at no port")
		}
	}
	if i.f.Flexible() && i.f.Runtime() == "custom" {
		i.note("runtime", " custom: the folder's Dockerfile is not built. Its CMD, Python and packages of the system are read where gcpdeploy.yaml does not say them; `gcpdeploy render` shows what is built")
	}
}

// standard is what changes for an app that the standard environment has run.
func (i *importing) standard(bundled []string) {
	if _, ok := i.f.At("entrypoint"); !ok {
		i.Notes = append(i.Notes, "App Engine starts an app without an entrypoint as `gunicorn -b :$PORT main:app`, and brings gunicorn; here it has to be in the requirements")
	}
	handlers, _ := i.f.At("handlers")
	for n, h := range handlers.Items {
		path := fmt.Sprintf("handlers[%d]", n)
		at := func(key, format string, args ...any) {
			field, _ := h.Field(key)
			i.Notes = append(i.Notes, fmt.Sprintf("%s:%d: %s", appyaml.Name, field.Place.Line, path+fmt.Sprintf(format, args...)))
		}
		url, _ := h.At("url")
		switch kind := appyaml.HandlerKind(h); kind {
		case "static_dir", "static_files":
			files, _ := h.At(kind)
			at(kind, ": %s is served by App Engine, and now by nobody: serve %s in the app, as WhiteNoise or the framework do", url.Text, files.Text)
		}
		if login, _ := h.At("login"); login.Text == "required" || login.Text == "admin" {
			at("login", ": nobody checks the login of %s: run.allow_unauthenticated stays off, and Identity-Aware Proxy can ask for one", url.Text)
		}
		if secure, _ := h.At("secure"); secure.Text == "never" {
			at("secure", ": Cloud Run answers http with a redirect to https")
		}
		if _, ok := h.Field("redirect_http_response_code"); ok {
			at("redirect_http_response_code", ": Cloud Run chooses how it redirects http")
		}
	}
	for _, at := range bundled {
		i.Notes = append(i.Notes, at+": App Engine's own services are not there; Memorystore, Cloud Tasks, Firestore and a mail service have the like")
	}
}
