package appyaml

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// common are the keys that every handler may have.
var common = []string{"url", "login", "auth_fail_action", "secure", "redirect_http_response_code"}

// own are those that a kind of handler has beside them, the strongest first.
var own = []handler{
	{"api_endpoint", []string{"script"}},
	{"static_files", []string{"mime_type", "upload", "expiration", "require_matching_file", "http_headers", "application_readable"}},
	{"static_dir", []string{"mime_type", "expiration", "require_matching_file", "http_headers", "application_readable"}},
	{"script", nil},
}

// handler is a kind of handler: the key that makes it one, and its other keys.
type handler struct {
	kind string
	keys []string
}

// maxHandlers is App Engine's
// (cloud.google.com/appengine/docs/standard/reference/app-yaml#handlers_element, read 2026-11).
const maxHandlers = 100

// handlers are the URLs of the app, each of one kind.
func (f *File) handlers() error {
	list, _ := f.At("handlers")
	if len(list.Items) > maxHandlers {
		return list.wrong("", "handlers", "has more than %d elements", maxHandlers)
	}
	for _, h := range list.Items {
		kind := HandlerKind(h)
		if kind == "" {
			return errs.At(h.Place, "Add script: auto, static_dir or static_files.", "the handler says nothing of what serves its url")
		}
		i := slices.IndexFunc(own, func(o handler) bool { return o.kind == kind })
		for _, field := range h.Fields {
			switch {
			case field.Name != kind && !slices.Contains(common, field.Name) && !slices.Contains(own[i].keys, field.Name):
				return errs.At(field.Place, "", "a handler with %s cannot have %s", kind, field.Name)
			case field.Name == "application_readable" && !f.Flexible() && strings.HasPrefix(f.Runtime(), "python3"):
				return errs.At(field.Place, "Remove it.", "application_readable is none of the runtime %s", f.Runtime())
			}
		}
		if _, ok := h.Field("upload"); kind == "static_files" && !ok {
			return errs.At(h.Place, "Add upload, a pattern of the files.", "the handler with static_files has no upload")
		}
		if _, typed := h.Field("mime_type"); typed && named(h, "content-type") {
			return errs.At(h.Place, "Keep one of them.", "the handler has mime_type, and a Content-Type among its http_headers")
		}
		if _, ok := f.Field("api_config"); kind == "api_endpoint" && !ok {
			return errs.At(h.Place, "", "a handler with api_endpoint needs api_config")
		}
	}
	return nil
}

// HandlerKind is the key that says what serves the URL of a handler: script,
// static_files, static_dir or api_endpoint, "" for none.
func HandlerKind(handler Value) string {
	for _, o := range own {
		if _, ok := handler.Field(o.kind); ok {
			return o.kind
		}
	}
	return ""
}

func named(h Value, header string) bool {
	all, _ := h.At("http_headers")
	return slices.ContainsFunc(all.Fields, func(f Field) bool { return strings.EqualFold(f.Name, header) })
}
