package appyaml

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Rule sends the requests of a URL to a service. Host and Path may hold a star: a host
// in front, a path at its end.
type Rule struct {
	Host, Path, Service string
	Place               errs.Place
}

var dispatch = sync.OnceValue(func() form {
	return object(map[string]form{
		"application": refused("Remove it, and give --project.", "has no place here: the project is chosen for each deploy"),
		"dispatch":    listOf(object(map[string]form{"url": dispatchURL, "service": serviceName, "module": serviceName}, "url")),
	})
})

// Dispatch reads a dispatch.yaml.
func Dispatch(name string, data []byte) ([]Rule, error) {
	top, err := read(name, data)
	if err != nil {
		return nil, err
	}
	if top, err = dispatch()("", top); err != nil {
		return nil, err
	}
	list, _ := top.At("dispatch")
	rules := make([]Rule, len(list.Items))
	for i, item := range list.Items {
		url, _ := item.At("url")
		service, named := item.At("service")
		if module, old := item.At("module"); old {
			if named {
				return nil, errs.At(item.Place, "Keep service.", "service and module are the same key, and both are there")
			}
			service, named = module, true
		}
		if !named {
			return nil, errs.At(item.Place, "Add service.", "dispatch[%d] has no service", i)
		}
		slash := strings.Index(url.Text, "/")
		rules[i] = Rule{url.Text[:slash], url.Text[slash:], service.Text, item.Place}
	}
	return rules, nil
}

// hosts are the forms of a rule's host: as it is, and after a star; and what is an
// address, which it may not be.
var hosts = sync.OnceValue(func() [3]*regexp.Regexp {
	const label = `[a-z0-9]([a-z0-9-]*[a-z0-9])?`
	return [3]*regexp.Regexp{
		regexp.MustCompile(`^(` + label + `\.)*` + label + `$`),
		regexp.MustCompile(`^\*([a-z0-9-]*[a-z0-9])?$|^\*(\.|[a-z0-9-]*[a-z0-9]\.)(` + label + `\.)*` + label + `$`),
		regexp.MustCompile(`^(25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])){3}$`),
	}
})

func dispatchURL(key string, v Value) (Value, error) {
	if v.Kind != Text || v.Text == "" {
		return v, v.wrong("", key, `must be a host and a path such as "*/api/*", but is %s`, v.is())
	}
	host, path, ok := strings.Cut(v.Text, "/")
	forms := hosts()
	switch {
	case !ok || host == "" || strings.Contains(path, "\n"):
		return v, v.wrong(`Write a host, or a star, before the path: "*/api/*".`, key, "must be a host and a path, not %q", v.Text)
	case !slices.ContainsFunc(forms[:2], func(r *regexp.Regexp) bool { return r.MatchString(host) }):
		return v, v.wrong("", key, "must begin with a lower-case host, or a star and the end of one, not %q", host)
	case forms[2].MatchString(host):
		return v, v.wrong("", key, "must begin with a host's name, not an address: %q", host)
	}
	return v, nil
}
