package appengine

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// splits are the ways to divide traffic.
var splits = []string{"ip", "cookie", "random"}

var (
	computeName = config.Matching(`[a-z]([a-z0-9-]{0,61}[a-z0-9])?`, "lower-case letters, digits and hyphens, at most 63, beginning with a letter and not ending in a hyphen", "")
	// networkName may name the project of a shared network.
	networkName = config.Matching(`([a-z0-9-]+/)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?`, "the short name of a network, such as default", "")
	unspaced    = config.Matching(`\S+`, "a text without spaces", "")
	portForm    = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([0-9]{1,5})(?::([0-9]{1,5}))?(?:/(tcp|udp))?$`)
	})
	serviceForm = config.Matching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`, "lower-case letters, digits and hyphens, at most 63, not beginning or ending with a hyphen", "")
)

// checkService accepts a service's name, as gcloud does.
func checkService(s string) (string, *config.Fault) {
	s, fault := serviceForm(s)
	switch {
	case fault != nil:
	case strings.Contains(s, "-dot-"):
		fault = config.Wrong("", "must not hold -dot-, which stands between the parts of URLs: %q", s)
	case strings.HasPrefix(s, "ah-"):
		fault = config.Wrong("", "must not begin with ah-, which App Engine keeps for itself: %q", s)
	}
	return s, fault
}

// isReserved are variables that the platform sets, or that carry what we note.
func isReserved(s string) bool {
	return s == "PORT" || s == runVariable || s == "GOOGLE_CLOUD_PROJECT" || strings.HasPrefix(s, "GAE_")
}

// runVariable is the variable of a version that says which run made it.
const runVariable = "GCPDEPLOY_RUN"

func checkVariable(s string) (string, *config.Fault) {
	switch {
	case s == "PORT":
		return "", config.Wrong("The app must listen on $PORT, which is 8080.", "%s is set by App Engine and cannot be given", s)
	case s == runVariable:
		return "", config.Wrong("Choose another name.", "%s is where gcpdeploy notes which run made a version", s)
	case isReserved(s):
		return "", config.Wrong("Choose another name.", "%s is set by App Engine and cannot be given", s)
	}
	return config.CheckVariable(s)
}

func oneOf(words ...string) config.Check {
	return func(s string) (string, *config.Fault) {
		if slices.Contains(words, s) {
			return s, nil
		}
		if len(words) == 1 {
			return "", config.Wrong("", "must be "+words[0]+", not %q", s)
		}
		last := len(words) - 1
		return "", config.Wrong("", "must be "+strings.Join(words[:last], ", ")+" or "+words[last]+", not %q", s)
	}
}

func checkIPMode(s string) (string, *config.Fault) {
	return oneOf("external", "internal")(strings.ToLower(s))
}

// checkFile accepts a file in the app's folder, which goes where the app goes.
func checkFile(s string) (string, *config.Fault) {
	clean := path.Clean(s)
	if s == "" || strings.ContainsRune(s, 0) || path.IsAbs(s) || clean == "." || clean == ".." || strings.HasPrefix(clean, "../") {
		return "", config.Wrong("Write it relative to the app's folder.", "must be a file in the app's folder, not %q", s)
	}
	return clean, nil
}

// checkPath accepts the path of a health check.
func checkPath(s string) (string, *config.Fault) {
	u, err := url.ParseRequestURI(s)
	if err != nil || !strings.HasPrefix(s, "/") || u.Host != "" || strings.ContainsAny(s, " #") {
		return "", config.Wrong("", "must be a path such as /healthz, not %q", s)
	}
	return s, nil
}

// checkForwarded accepts HOST, HOST:CONTAINER, and either with /tcp or /udp.
func checkForwarded(s string) (string, *config.Fault) {
	m := portForm().FindStringSubmatch(s)
	if m == nil {
		return "", config.Wrong("", "must be a port such as 2222/tcp or 5000:5001/udp, not %q", s)
	}
	host, _ := strconv.Atoi(m[1])
	container := host
	if m[2] != "" {
		container, _ = strconv.Atoi(m[2])
	}
	switch {
	case host < 1024 || host > 65535:
		return "", config.Wrong("", "must forward a port from 1024 to 65535, not %d", host)
	case container < 1 || container > 65535:
		return "", config.Wrong("", "must lead to a port from 1 to 65535, not %d", container)
	case taken(host, true):
		return "", config.Wrong("", "cannot forward port %d, which App Engine uses", host)
	case taken(container, false):
		return "", config.Wrong("", "cannot lead to port %d, which App Engine uses", container)
	}
	return s, nil
}
