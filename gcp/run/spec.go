// Package run releases an image to Cloud Run. Its pure part says what the
// service should be: what we want merged into what is there, so that what others
// set (in the console, by Terraform) stays, and what we set earlier and want no
// longer goes. The rest makes the calls and waits for the new revision.
package run

import (
	"sort"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Desired is the service as we want it.
type Desired struct {
	release.Spec // with its image by digest
	Options
	Run release.Run
	// Trial is a revision that is tried beside what serves: nothing of the service but its
	// template is made as wanted.
	Trial bool

	waits bool // it gets the traffic once it is ready
}

// beside says that it is for a revision beside what serves, and not for the service: that
// stays, but for its template.
func (d Desired) beside() bool { return d.Trial || d.Preview.Beside() }

// Name is the service's full resource name.
func (d Desired) Name() string { return name(d.Project, d.Region, d.Service) }

func name(project, region, service string) string {
	return "projects/" + project + "/locations/" + region + "/services/" + service
}

// Merge gives the service as it should be sent: observed (nil = there is none)
// with ours set, what we set earlier and no longer want removed, and all else
// as it is. It changes neither argument.
func Merge(observed *runpb.Service, d Desired) *runpb.Service {
	s := proto.CloneOf(observed)
	if s == nil {
		s = &runpb.Service{}
	}
	before := managedOf(s)
	now := managing(&d, before)
	before = before.taking(s, d.Removed)
	s.Name = d.Name()
	s.Client, s.ClientVersion = client, "" // of who deployed before
	if s.Template == nil {
		s.Template = &runpb.RevisionTemplate{}
	}
	t := s.Template
	t.Revision = "" // a name that is used again is refused
	if failed(observed) {
		// Sent again as it was, a template that failed is not tried again.
		if t.Labels == nil {
			t.Labels = map[string]string{}
		}
		t.Labels[tryKey] = d.Run.ID
	}
	app := ingress(t)
	app.Image = d.Image
	mergePort(app, d.Port)
	cpu := app.GetResources().GetLimits()["cpu"]
	merge(containerFields, app, d.container(), before)
	in := place{service: s, template: t, app: app}
	merge(templateFields, in, &d, before)
	mergeConcurrency(t, &d, before, cpu, app.GetResources().GetLimits()["cpu"])
	app.Env = mergeVars(app.Env, vars(d.Env, variables(d.Secrets)), before.Env)
	mergeMounted(t, app, &d, before)
	mergeMap(&t.Labels, d.Labels, before.Labels)
	if !d.beside() {
		merge(serviceFields, in, &d, before)
		mergeMap(&s.Labels, d.Labels, before.Labels)
		mergeMap(&s.Annotations, d.Annotations, before.Annotations)
		s.CustomAudiences = mergeList(s.CustomAudiences, d.CustomAudiences, before.Audiences)
	}
	withoutEmpty(s)
	anew := renewed(observed, s)
	if !anew {
		t.Revision = observed.GetTemplate().GetRevision() // without its name it would be another one
	}
	mergeTraffic(s, d, anew)
	if d.Trial {
		d.Tag = trialTag(d.Run)
	}
	if d.Preview.Beside() {
		notePreview(s, d)
	}
	if d.Tag != "" {
		name := short(observed.GetLatestCreatedRevision())
		if anew { // a tag is of a revision by its name
			name = revisionName(d, observed.GetGeneration()+1)
			t.Revision = name
		}
		s.Traffic = retagged(s.Traffic, d.Tag, name)
	}
	if s.Annotations == nil {
		s.Annotations = map[string]string{}
	}
	switch {
	case d.beside():
	case d.byPolicy():
		s.Annotations[publicKey] = publicByChoice
	case !isTrue(d.AllowUnauthenticated) || s.Annotations[publicKey] == publicByChoice:
		delete(s.Annotations, publicKey)
	}
	s.Annotations[managedKey] = now.String()
	if len(d.Jobs) > 0 {
		s.Annotations[jobsKey] = "true" // it stays: jobs that are wanted no more are looked for
	}
	if !d.beside() {
		note(s, d.Origin, d.Run)
		noteOwn(s, d)
	}
	if anew {
		noteRevision(s, d.Origin, d.Run, release.Sole(served(observed)))
	}
	return s
}

// renewed says whether a service as it is sent makes a revision.
func renewed(observed, s *runpb.Service) bool {
	return observed == nil || !proto.Equal(comparable(observed).GetTemplate(), comparable(s).GetTemplate())
}

// failed says whether the newest revision of a service did not come up.
func failed(s *runpb.Service) bool {
	return s != nil && !s.GetReconciling() && s.GetTerminalCondition().GetState() == runpb.Condition_CONDITION_FAILED
}

func names(m ...map[string]string) []string {
	var out []string
	for _, m := range m {
		for k := range m {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out
}
