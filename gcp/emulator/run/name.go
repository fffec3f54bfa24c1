package run

import (
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/check"
)

var (
	projectID  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9:.]{0,61}[a-z0-9])?$`)
	locationID = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,40}[a-z0-9])?$`)
	serviceID  = regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`)
)

// location is projects/P/locations/L.
type location struct{ project, location string }

func (l location) String() string { return "projects/" + l.project + "/locations/" + l.location }

// parseLocation reads a parent; only project and location may be in it.
func parseLocation(name string) (location, error) {
	l, rest, err := cutLocation(name)
	if err != nil || rest != "" {
		return location{}, invalid("parent", "must have the form projects/{project}/locations/{location}, not %q", name)
	}
	return l, nil
}

func cutLocation(name string) (location, string, error) {
	p := strings.SplitN(name, "/", 5)
	if len(p) < 4 || p[0] != "projects" || p[2] != "locations" || !projectID.MatchString(p[1]) ||
		strings.Contains(p[1], "..") || !locationID.MatchString(p[3]) {
		return location{}, "", invalid("name", "malformed name: %q", name)
	}
	rest := ""
	if len(p) == 5 {
		rest = p[4]
	}
	return location{p[1], p[3]}, rest, nil
}

// parseService reads projects/P/locations/L/services/S.
func parseService(name string) (location, string, error) {
	l, rest, err := cutLocation(name)
	if err != nil {
		return l, "", err
	}
	p := strings.Split(rest, "/")
	if len(p) != 2 || p[0] != "services" || !serviceID.MatchString(p[1]) {
		return l, "", invalid("name", "malformed service name: %q", name)
	}
	return l, p[1], nil
}

// parseRevision reads projects/P/locations/L/services/S/revisions/R.
func parseRevision(name string) (svc, revision string, err error) {
	svc, revision, ok := strings.Cut(name, "/revisions/")
	if ok {
		_, _, err = parseService(svc)
	}
	if !ok || err != nil || !serviceID.MatchString(revision) {
		return "", "", invalid("name", "malformed revision name: %q", name)
	}
	return svc, revision, nil
}

// short is the last part of a resource name.
func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// invalid is the INVALID_ARGUMENT of one field, in Google's words.
func invalid(name, format string, args ...any) error { return check.Invalid(name, format, args...) }

func notFound(name string) error {
	return status.Errorf(codes.NotFound, "Resource '%s' of kind '%s' in region does not exist.", short(name), strings.ToUpper(kind(name)))
}

func kind(name string) string {
	if strings.Contains(name, "/revisions/") {
		return "revision"
	}
	return "service"
}
