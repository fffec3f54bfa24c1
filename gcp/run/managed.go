package run

import (
	"encoding/json"
	"maps"
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Our annotations on a service. Cloud Run refuses namespaces of its own; ours
// are on the service, not on its template, where they would make a revision;
// tryKey is there to make one.
const (
	managedKey = "gcpdeploy.dev/managed" // what of the service is ours
	runKey     = "gcpdeploy.dev/run"     // the run that wrote it: ID and start
	heldKey    = "gcpdeploy.dev/held"    // how the traffic is to be divided again after a trial: see hold
	canaryKey  = "gcpdeploy.dev/canary"  // the revision that gets the traffic by steps, and its share: see noteStep
	publicKey  = "gcpdeploy.dev/public"  // how everybody is let in where the invoker check is on
	tryKey     = "gcpdeploy-try"         // a label of the template: the run that tried again after a failure
	client     = "gcpdeploy"

	publicByIAM    = "iam"    // the check could not be turned off
	publicByChoice = "policy" // it was not to be
)

// The names of fields that are read elsewhere, too.
const (
	fieldCPU         = "cpu"
	fieldMemory      = "memory"
	fieldConcurrency = "concurrency"
	fieldTimeout     = "timeout"
)

// managed is what of a service, a job or a container is ours. Names only: values are in
// the service.
type managed struct {
	Fields      []string           `json:"fields,omitempty"` // keys
	Env         []string           `json:"env,omitempty"`    // secrets are variables too
	Labels      []string           `json:"labels,omitempty"`
	Annotations []string           `json:"annotations,omitempty"`
	Audiences   []string           `json:"custom_audiences,omitempty"`
	Instances   []string           `json:"cloudsql_instances,omitempty"`
	Volumes     []string           `json:"volumes,omitempty"`
	Mounts      []string           `json:"mounts,omitempty"` // paths
	Sidecars    map[string]managed `json:"sidecars,omitempty"`
}

func (m managed) has(field string) bool { return slices.Contains(m.Fields, field) }

// String is the annotation's value.
func (m managed) String() string {
	data, _ := json.Marshal(m) // strings only: never fails
	return string(data)
}

// managedOf is what of an observed service is ours; nothing, where the
// annotation is absent or was spoilt.
func managedOf(s *runpb.Service) managed { return managedIn(s.GetAnnotations()) }

// managedIn is managedOf by the annotations alone, of a service or of a job.
func managedIn(annotations map[string]string) managed {
	var m managed
	if json.Unmarshal([]byte(annotations[managedKey]), &m) != nil {
		return managed{}
	}
	return m
}

// managing is what will be ours.
func managing(d *Desired, before managed) managed {
	m := managed{
		Fields: slices.Concat(wanted(templateFields, d), wanted(containerFields, d.container())), Env: names(d.Env, variables(d.Secrets)),
		Labels: names(d.Labels), Annotations: names(d.Annotations), Audiences: d.CustomAudiences, Instances: d.CloudSQLInstances,
	}
	if d.Concurrency != 0 {
		m.Fields = append(m.Fields, fieldConcurrency)
	}
	has := d.mounted()
	m.Mounts = mountPaths(has.mounts)
	for _, name := range slices.Sorted(maps.Keys(d.Sidecars)) {
		has.volumes = append(has.volumes, d.Sidecars[name].mounted(name).volumes...)
		if m.Sidecars == nil {
			m.Sidecars = map[string]managed{}
		}
		m.Sidecars[name] = d.Sidecars[name].managing(name)
	}
	for _, v := range has.volumes {
		m.Volumes = append(m.Volumes, v.GetName())
	}
	if d.beside() { // which leaves the service as it is, and what the revision has of its labels for the release to take
		for _, f := range serviceFields {
			if before.has(f.name) {
				m.Fields = append(m.Fields, f.name)
			}
		}
		m.Labels, m.Annotations, m.Audiences = union(m.Labels, before.Labels), before.Annotations, before.Audiences
	} else {
		m.Fields = append(m.Fields, wanted(serviceFields, d)...)
	}
	slices.Sort(m.Fields)
	return m
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// RunOf is the run that wrote a service last; the zero Run where none of ours did.
func RunOf(s *runpb.Service) release.Run { return release.ParseRun(s.GetAnnotations()[runKey]) }

// Superseded says whether a service was written by a run that r must leave it to.
func Superseded(observed *runpb.Service, r release.Run) bool { return r.YieldsTo(RunOf(observed)) }
