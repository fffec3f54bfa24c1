package run

import (
	"regexp"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

// Where a release came from is said twice: of the service, by who wrote it last, and
// of its template, by who made its newest revision, which stays while the rest of the
// template does: a commit alone makes no revision. Neither makes a service another
// one than was wanted.
const (
	originKey = "gcpdeploy.dev/origin" // an annotation: ci.Origin's note
	commitKey = "gcpdeploy-commit"     // labels of the service, to filter by
	buildKey  = "gcpdeploy-build"
)

var labelValue = regexp.MustCompile(`^[a-z0-9_-]{1,63}$`)

// mergeOrigin writes where the release comes from; observed is the service before.
func mergeOrigin(observed, s *runpb.Service, from *ci.Origin) {
	put(&s.Annotations, originKey, note(from))
	commit, build := "", ""
	if from != nil && from.System != ci.Checkout { // which may differ from its commit
		commit, build = from.Commit, from.Build
	}
	put(&s.Labels, commitKey, commit)
	put(&s.Labels, buildKey, build)
	if observed != nil && proto.Equal(comparable(observed).GetTemplate(), comparable(s).GetTemplate()) {
		return // no new revision
	}
	put(&s.Template.Annotations, originKey, note(from))
}

// withoutOrigin takes away what mergeOrigin wrote.
func withoutOrigin(s *runpb.Service) {
	put(&s.Annotations, originKey, "")
	put(&s.Labels, commitKey, "")
	put(&s.Labels, buildKey, "")
	if s.Template != nil {
		put(&s.Template.Annotations, originKey, "")
	}
}

// put sets a key, or takes it away where there is no value that it can have.
func put(m *map[string]string, key, value string) {
	if value == "" || key != originKey && !labelValue.MatchString(value) {
		delete(*m, key)
		if len(*m) == 0 {
			*m = nil
		}
		return
	}
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = value
}

func note(from *ci.Origin) string {
	if from == nil {
		return ""
	}
	return from.Note()
}

// originOf is where the run came from that wrote a service last; nil where none is said.
func originOf(s *runpb.Service) *ci.Origin {
	o, ok := ci.ParseNote(s.GetAnnotations()[originKey])
	if !ok {
		return nil
	}
	return &o
}
