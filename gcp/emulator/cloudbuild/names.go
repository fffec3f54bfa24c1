package cloudbuild

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

var (
	parentName  = regexp.MustCompile(`^projects/([^/]+)/locations/([^/]+)$`)
	buildName   = regexp.MustCompile(`^projects/([^/]+)/locations/([^/]+)/builds/([^/]+)$`)
	triggerName = regexp.MustCompile(`^projects/([^/]+)/locations/([^/]+)/triggers/([^/]+)$`)
	accountName = regexp.MustCompile(`^projects/([^/]+)/locations/([^/]+)/defaultServiceAccount$`)
	buildAs     = regexp.MustCompile(`^projects/[^/]+/serviceAccounts/[^/]+$`)
	poolName    = regexp.MustCompile(`^projects/([^/]+)/locations/([^/]+)/workerPools/([^/]+)$`)
	projectID   = regexp.MustCompile(`^(?:[a-z][a-z0-9.-]*[a-z0-9]:)?[a-z][a-z0-9-]{0,61}[a-z0-9]$|^[0-9]+$`)
	locationID  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	uuid        = regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// place is where builds live.
type place struct{ project, location string }

func (p place) build(id string) string {
	return "projects/" + p.project + "/locations/" + p.location + "/builds/" + id
}

// parsePlace reads the parent of a request, or its project_id on legacy paths,
// which mean location global. Both may be given if they agree.
func parsePlace(parent, project string) (place, error) {
	p := place{project, "global"}
	if parent != "" {
		m := parentName.FindStringSubmatch(parent)
		if m == nil {
			return place{}, invalid("invalid parent %q: must be projects/{project}/locations/{location}", parent)
		}
		p = place{m[1], m[2]}
	}
	if project != "" && project != p.project {
		return place{}, invalid("project_id %q does not match parent %q", project, parent)
	}
	return p, p.check()
}

// parseBuild reads a build's name, or project_id and id on legacy paths.
func parseBuild(name, project, id string) (place, string, error) {
	p := place{project, "global"}
	if name != "" {
		m := buildName.FindStringSubmatch(name)
		if m == nil {
			return place{}, "", invalid("invalid name %q: must be projects/{project}/locations/{location}/builds/{build}", name)
		}
		if project != "" && project != m[1] || id != "" && id != m[3] {
			return place{}, "", invalid("project_id %q and id %q do not match name %q", project, id, name)
		}
		p, id = place{m[1], m[2]}, m[3]
	}
	if !uuid.MatchString(id) {
		return place{}, "", invalid("invalid build id %q", id)
	}
	return p, id, p.check()
}

func (p place) check() error {
	if !projectID.MatchString(p.project) {
		return invalid("invalid project %q", p.project)
	}
	if !locationID.MatchString(p.location) && p.location != "-" {
		return invalid("invalid location %q", p.location)
	}
	return nil
}

func (p place) number() string { return frame.ProjectNumber(p.project) }

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// operationName is the name of a build's operation; it says no location.
func operationName(p place, id string) string {
	return "operations/build/" + p.project + "/" + base64.StdEncoding.EncodeToString([]byte(id))
}

// parseOperation is the reverse of operationName.
func parseOperation(name string) (project, id string, ok bool) {
	rest, ok := strings.CutPrefix(name, "operations/build/")
	if !ok {
		return "", "", false
	}
	project, coded, ok := strings.Cut(rest, "/")
	b, err := base64.StdEncoding.DecodeString(coded)
	return project, string(b), ok && err == nil
}

// invalid is an INVALID_ARGUMENT in the form of Cloud Build's.
func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, "generic::invalid_argument: "+format, args...)
}
