package job

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/check"
)

var (
	places = regexp.MustCompile(`^projects/([a-z0-9][-a-z0-9:.]{0,62})/locations/([a-z][-a-z0-9]{0,41})((?:/[a-z]+/(?:-|[a-z][-a-z0-9]{0,80}))*)$`)
	jobID  = regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`)
)

// location is projects/P/locations/L.
type location struct{ project, region string }

func (l location) String() string { return "projects/" + l.project + "/locations/" + l.region }

// parse reads a name of some collections below a location: "jobs", "executions".
func parse(name string, collections ...string) (l location, ids []string, err error) {
	bad := status.Errorf(codes.InvalidArgument, "malformed name: %.200q", name)
	m := places.FindStringSubmatch(name)
	if m == nil || strings.Contains(m[1], "..") {
		return l, nil, bad
	}
	words := strings.Split(strings.TrimPrefix(m[3], "/"), "/")
	if m[3] == "" {
		words = nil
	}
	if len(words) != 2*len(collections) {
		return l, nil, bad
	}
	for n, c := range collections {
		if words[2*n] != c {
			return l, nil, bad
		}
		ids = append(ids, words[2*n+1])
	}
	return location{m[1], m[2]}, ids, nil
}

// short is the last part of a resource name.
func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func invalid(name, format string, args ...any) error { return check.Invalid(name, format, args...) }

func notFound(kind, name string) error {
	return status.Errorf(codes.NotFound, "Resource '%s' of kind '%s' in region does not exist.", short(name), kind)
}

// uuid makes a random UUID, version 4.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// suffix is five letters or digits that spell no words, as executions end in.
func suffix() string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:])
}
