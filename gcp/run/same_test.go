package run_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// apply is what Cloud Run makes of a service that it is sent, as far as Same
// looks: its outputs and its defaults.
func apply(observed, sent *runpb.Service) *runpb.Service {
	s := run.Input(sent)
	s.Generation = observed.GetGeneration() + 1
	s.ObservedGeneration = s.Generation
	s.TerminalCondition = &runpb.Condition{Type: "Ready", State: runpb.Condition_CONDITION_SUCCEEDED}
	s.LatestCreatedRevision = fmt.Sprintf("%s/revisions/r%d", s.GetName(), s.Generation)
	s.LatestReadyRevision, s.Uri, s.Etag = s.LatestCreatedRevision, "https://hello", fmt.Sprint(s.Generation)
	if len(s.Traffic) == 0 {
		s.Traffic = []*runpb.TrafficTarget{{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST, Percent: 100}}
	}
	t := s.Template
	if t.Scaling != nil && proto.Size(t.Scaling) == 0 {
		t.Scaling = nil
	}
	if t.Timeout == nil {
		t.Timeout = durationpb.New(5 * time.Minute)
	}
	if t.ServiceAccount == "" {
		t.ServiceAccount = "default"
	}
	c := t.Containers[0]
	if c.Resources == nil {
		c.Resources = &runpb.ResourceRequirements{CpuIdle: true}
	}
	if c.Resources.Limits == nil {
		c.Resources.Limits = map[string]string{}
	}
	for k, v := range map[string]string{"cpu": "1000m", "memory": "512Mi"} {
		if c.Resources.Limits[k] == "" {
			c.Resources.Limits[k] = v
		}
	}
	small := c.Resources.Limits["cpu"] == "500m"
	switch {
	case t.MaxInstanceRequestConcurrency == 0 && small:
		t.MaxInstanceRequestConcurrency = 1
	case t.MaxInstanceRequestConcurrency == 0:
		t.MaxInstanceRequestConcurrency = 80
	}
	return s
}

func TestSame(t *testing.T) {
	t.Parallel()
	full := func() run.Desired {
		d := desired()
		d.CPU, d.Memory, d.Env, d.MinInstances, d.AllowUnauthenticated = "1", "512Mi", map[string]string{"A": "1"}, number(0), &yes
		return d
	}
	for _, tt := range []struct {
		name   string
		served func(*runpb.Service) // what happened to the service since
		wanted func(*run.Desired)
		want   bool
	}{
		{"nothing changed", nil, nil, true},
		{"another run", nil, func(d *run.Desired) { d.Run = release.Run{ID: "run-2", Started: noon.Add(time.Hour)} }, true},
		{"another spelling of amounts", nil, func(d *run.Desired) { d.CPU, d.Memory = "1000m", "0.5Gi" }, true},
		{"a field of others", func(s *runpb.Service) { s.Template.SessionAffinity = true }, nil, true},
		{"a named revision", func(s *runpb.Service) { s.Template.Revision = "hello-x" }, nil, true},
		{"another image", nil, func(d *run.Desired) { d.Image = "other@sha256:2222" }, false},
		{"a variable", nil, func(d *run.Desired) { d.Env["A"] = "2" }, false},
		{"a variable less", nil, func(d *run.Desired) { d.Env = nil }, false},
		{"our variable changed by others", func(s *runpb.Service) {
			s.Template.Containers[0].Env[0].Values = &runpb.EnvVar_Value{Value: "x"}
		}, nil, false},
		{"private", nil, func(d *run.Desired) { d.AllowUnauthenticated = &no }, false},
		{"public was refused", func(s *runpb.Service) {
			s.InvokerIamDisabled = false
			s.Annotations["gcpdeploy.dev/public"] = "iam"
		}, nil, true},
		{"rolled back", func(s *runpb.Service) {
			s.Traffic = []*runpb.TrafficTarget{{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION, Revision: "hello-1", Percent: 100}}
		}, nil, false},
		{"latest revision failed", func(s *runpb.Service) { s.LatestCreatedRevision = "other" }, nil, false},
		{"failed", func(s *runpb.Service) { s.TerminalCondition.State = runpb.Condition_CONDITION_FAILED }, nil, false},
		{"under way", func(s *runpb.Service) { s.Reconciling = true }, nil, false},
		{"not yet seen", func(s *runpb.Service) { s.Generation++ }, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			observed := apply(nil, run.Merge(nil, full()))
			if tt.served != nil {
				tt.served(observed)
			}
			d := full()
			if tt.wanted != nil {
				tt.wanted(&d)
			}
			if got := run.Same(observed, run.Merge(observed, d)); got != tt.want {
				t.Errorf("Same = %v, want %v", got, tt.want)
			}
		})
	}
	if run.Same(nil, run.Merge(nil, full())) {
		t.Error("no service is the same as one")
	}
}

// Whatever was there and whatever is wanted: after Merge was applied there is
// nothing to do, Merge is stable, and what others set has stayed.
func TestMergeSettles(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s *runpb.Service
		if r.IntN(4) > 0 {
			s = apply(nil, someService(r))
		}
		for range 3 {
			d := someDesired(r)
			merged := run.Merge(s, d)
			next := apply(s, merged)
			again := run.Merge(next, d)
			if !run.Same(next, again) {
				t.Fatalf("seed %d: not the same:\n%s", seed, cmp.Diff(next, again, protocmp.Transform()))
			}
			for _, e := range s.GetTemplate().GetContainers()[:min(1, len(s.GetTemplate().GetContainers()))] {
				for _, v := range e.GetEnv() {
					if v.GetName()[0] == 'T' && !has(next, v) {
						t.Fatalf("seed %d: %s of others is gone", seed, v.GetName())
					}
				}
			}
			s = next
		}
	}
}

func has(s *runpb.Service, want *runpb.EnvVar) bool {
	for _, v := range s.GetTemplate().GetContainers()[0].GetEnv() {
		if proto.Equal(v, want) {
			return true
		}
	}
	return false
}

func someService(r *rand.Rand) *runpb.Service {
	c := &runpb.Container{Image: "theirs"}
	for i := range r.IntN(3) {
		c.Env = append(c.Env, &runpb.EnvVar{Name: fmt.Sprintf("T%d", i), Values: &runpb.EnvVar_Value{Value: "x"}})
	}
	if r.IntN(2) == 0 {
		c.Resources = &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "2"}}
	}
	s := &runpb.Service{
		Name: "projects/p/locations/europe-west1/services/hello", Labels: map[string]string{"a": "b"},
		Template: &runpb.RevisionTemplate{Revision: "hello-1", Containers: []*runpb.Container{c}},
	}
	switch r.IntN(3) {
	case 0:
		s.Traffic = []*runpb.TrafficTarget{{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION, Revision: "hello-1", Percent: 100, Tag: "t"}}
	case 1:
		s.InvokerIamDisabled = true
	}
	return s
}

func someDesired(r *rand.Rand) run.Desired {
	d := desired()
	d.Run = release.Run{ID: fmt.Sprint("run-", r.IntN(100)), Started: noon.Add(time.Duration(r.IntN(1000)) * time.Second)}
	maybe := func(set func()) {
		if r.IntN(2) == 0 {
			set()
		}
	}
	maybe(func() { d.CPU = []string{"1", "500m", "2"}[r.IntN(3)] })
	maybe(func() { d.Memory = []string{"512Mi", "1Gi"}[r.IntN(2)] })
	maybe(func() { d.Concurrency = 1 + r.IntN(80) })
	maybe(func() { d.MinInstances = number(r.IntN(2)) })
	maybe(func() { d.MaxInstances = number(1 + r.IntN(3)) })
	maybe(func() { d.TimeoutSeconds = 1 + r.IntN(9) })
	maybe(func() { d.ServiceAccount = "a@b" })
	maybe(func() { d.AllowUnauthenticated = []*bool{&yes, &no}[r.IntN(2)] })
	maybe(func() { d.Env = map[string]string{"A": fmt.Sprint(r.IntN(2)), "B": "b"} })
	maybe(func() { d.Secrets = map[string]string{"K": "key:1"} })
	return d
}
