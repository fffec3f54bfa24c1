package appengine

import (
	"strings"
)

// Limits of dispatch rules. Source: the API's reference of Application.
const (
	mostRules  = 20
	longestURL = 100
)

// rule is a dispatch rule.
type rule struct{ Domain, Path, Service string }

// checkRules refuses rules that Google refuses; exists says whether there is a service.
func checkRules(rules []rule, exists func(service string) bool) error {
	if len(rules) > mostRules {
		return invalid("The application has %d dispatch rules; at most %d are allowed.", len(rules), mostRules)
	}
	for _, r := range rules {
		switch {
		case r.Domain != "*" && strings.Contains(strings.TrimPrefix(r.Domain, "*"), "*"):
			return invalid("Invalid domain in a dispatch rule: %.200q. A * may begin it alone.", r.Domain)
		case !strings.HasPrefix(r.Path, "/") || strings.Contains(strings.TrimSuffix(r.Path, "*"), "*"):
			return invalid("Invalid path in a dispatch rule: %.200q. It must begin with /, and a * may end it alone.", r.Path)
		case len(r.Domain)+len(r.Path) > longestURL:
			return invalid("Domain and path of a dispatch rule are longer than %d characters: %.200q", longestURL, r.Domain+r.Path)
		case !exists(r.Service):
			return invalid("The dispatch rule for %s%s names the service %.200q, which does not exist.", r.Domain, r.Path, r.Service)
		}
	}
	return nil
}

// fits says whether a request to the application is for the rule's service.
func (r rule) fits(host, path string) bool {
	end, wild := strings.CutPrefix(r.Domain, "*")
	if !(wild && strings.HasSuffix(host, end) || host == r.Domain) {
		return false
	}
	begin, wild := strings.CutSuffix(r.Path, "*")
	return path == begin || wild && strings.HasPrefix(path, begin)
}

// dispatched is the service that has a request to the application.
func dispatched(rules []rule, host, path string) string {
	for _, r := range rules {
		if r.fits(host, path) {
			return r.Service
		}
	}
	return "default"
}
