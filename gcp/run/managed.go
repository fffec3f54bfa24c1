package run

import (
	"encoding/json"
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
	publicKey  = "gcpdeploy.dev/public"  // "iam": the invoker check could not be turned off
	tryKey     = "gcpdeploy-try"         // a label of the template: the run that tried again after a failure
	client     = "gcpdeploy"

	publicByIAM = "iam"
)

// The fields of a service that are ours while the configuration has them.
const (
	fieldCPU            = "cpu"
	fieldMemory         = "memory"
	fieldConcurrency    = "concurrency"
	fieldMin            = "min_instances"
	fieldMax            = "max_instances"
	fieldTimeout        = "timeout"
	fieldServiceAccount = "service_account"
	fieldPublic         = "allow_unauthenticated"
)

// managed is what of a service is ours. Names only: values are in the service.
type managed struct {
	Fields []string `json:"fields,omitempty"`
	Env    []string `json:"env,omitempty"` // secrets are variables too
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
func managing(d Desired, before managed) managed {
	m := managed{Env: names(d.Env, d.Secrets)}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{fieldPublic, d.AllowUnauthenticated != nil && !d.beside() || before.has(fieldPublic) && d.beside()},
		{fieldConcurrency, d.Concurrency != 0},
		{fieldCPU, d.CPU != ""},
		{fieldMax, d.MaxInstances != nil},
		{fieldMemory, d.Memory != ""},
		{fieldMin, d.MinInstances != nil},
		{fieldServiceAccount, d.ServiceAccount != ""},
		{fieldTimeout, d.TimeoutSeconds != 0},
	} {
		if f.set {
			m.Fields = append(m.Fields, f.name)
		}
	}
	return m
}

// RunOf is the run that wrote a service last; the zero Run where none of ours did.
func RunOf(s *runpb.Service) release.Run { return release.ParseRun(s.GetAnnotations()[runKey]) }

// Superseded says whether a service was written by a run that r must leave it to.
func Superseded(observed *runpb.Service, r release.Run) bool { return r.YieldsTo(RunOf(observed)) }
