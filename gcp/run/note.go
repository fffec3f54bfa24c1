package run

import (
	"regexp"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Where a release came from is said twice: of the service, by who wrote it last, and
// of its template, by who made its newest revision, which stays while the rest of the
// template does: a commit alone makes no revision. The template says also which run
// that was, and what had all traffic before. None of it makes a service another one
// than was wanted.
const (
	originKey = "gcpdeploy.dev/origin" // an annotation: ci.Origin's note
	beforeKey = "gcpdeploy.dev/before" // an annotation of the template: a revision's name
	commitKey = "gcpdeploy-commit"     // labels of the service, to filter by
	buildKey  = "gcpdeploy-build"
)

var labelValue = regexp.MustCompile(`^[a-z0-9_-]{1,63}$`)

// note writes at a service where the release comes from.
func note(s *runpb.Service, from *ci.Origin, by release.Run) {
	annotate(&s.Annotations, runKey, by.String())
	annotate(&s.Annotations, originKey, noteOf(from))
	commit, build := "", ""
	if from != nil && from.System != ci.Checkout { // which may differ from its commit
		commit, build = from.Commit, from.Build
	}
	label(&s.Labels, commitKey, commit)
	label(&s.Labels, buildKey, build)
}

// noteRevision writes at the template of a new revision where it comes from, and what
// had all traffic before.
func noteRevision(s *runpb.Service, from *ci.Origin, by release.Run, before string) {
	annotate(&s.Template.Annotations, originKey, noteOf(from))
	annotate(&s.Template.Annotations, runKey, by.String())
	annotate(&s.Template.Annotations, beforeKey, before)
}

// withoutNotes takes away what they wrote, but for the run at the service.
func withoutNotes(s *runpb.Service) {
	annotate(&s.Annotations, originKey, "")
	label(&s.Labels, commitKey, "")
	label(&s.Labels, buildKey, "")
	if s.Template == nil {
		return
	}
	for _, key := range []string{originKey, runKey, beforeKey} {
		annotate(&s.Template.Annotations, key, "")
	}
}

// noted fills in what revisions say of the runs that released them; found are the
// same, the newest first. Who changes a template elsewhere leaves our notes on it: of
// several that name one run, the oldest is that run's.
func noted(all []release.Revision, found []*runpb.Revision) {
	seen := map[string]bool{}
	for n := len(found) - 1; n >= 0; n-- {
		notes := found[n].GetAnnotations()
		by := release.ParseRun(notes[runKey])
		if by.ID == "" || seen[by.ID] {
			continue
		}
		seen[by.ID] = true
		all[n].Run, all[n].Before = by, notes[beforeKey]
		if o, ok := ci.ParseNote(notes[originKey]); ok {
			all[n].Origin = &o
		}
	}
}

// label sets a label, or takes it away where there is no value that it can have.
func label(m *map[string]string, key, value string) {
	if !labelValue.MatchString(value) {
		value = ""
	}
	annotate(m, key, value)
}

// annotate sets a key, or takes it away where there is no value.
func annotate(m *map[string]string, key, value string) {
	if value == "" {
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

func noteOf(from *ci.Origin) string {
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
