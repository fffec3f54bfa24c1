package run_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

var (
	noon  = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	first = release.Run{ID: "run-1", Started: noon}
	yes   = true
	no    = false
)

func number(n int) *int { return &n }

const image = "europe-west1-docker.pkg.dev/p/gcpdeploy/hello@sha256:1111"

func desired() run.Desired {
	return run.Desired{Spec: release.Spec{Project: "p", Region: "europe-west1", Service: "hello", Image: image, Port: 8080}, Run: first}
}

func text(t *testing.T, s string) *runpb.Service {
	t.Helper()
	m := &runpb.Service{}
	if err := prototext.Unmarshal([]byte(s), m); err != nil {
		t.Fatal(err)
	}
	return m
}

const ours = `
	name: "projects/p/locations/europe-west1/services/hello" client: "gcpdeploy"
	annotations { key: "gcpdeploy.dev/run" value: "run-1 2026-11-01T12:00:00Z" }
	annotations { key: "gcpdeploy.dev/managed" value: %q }`

func TestMerge(t *testing.T) {
	t.Parallel()
	bare := `template { containers { image: "` + image + `" ports { name: "http1" container_port: 8080 } %s } %s }`
	for _, tt := range []struct {
		name     string
		observed string // "" = none
		change   func(*run.Desired)
		managed  string
		want     string
	}{
		{name: "first deploy", managed: `{}`, want: fmt.Sprintf(bare, "", "")},
		{
			name: "everything",
			change: func(d *run.Desired) {
				d.CPU, d.Memory, d.Concurrency, d.MinInstances, d.MaxInstances = "1", "512Mi", 40, number(0), number(3)
				d.TimeoutSeconds, d.ServiceAccount, d.AllowUnauthenticated = 60, "a@p.iam", &yes
				d.Env, d.Secrets = map[string]string{"B": "2", "A": "1"}, map[string]string{"K": "key:3", "L": "other"}
			},
			managed: `{"fields":["allow_unauthenticated","concurrency","cpu","max_instances","memory","min_instances","service_account","timeout"],"env":["A","B","K","L"]}`,
			want: fmt.Sprintf(bare, `
				env { name: "A" value: "1" } env { name: "B" value: "2" }
				env { name: "K" value_source { secret_key_ref { secret: "key" version: "3" } } }
				env { name: "L" value_source { secret_key_ref { secret: "other" version: "latest" } } }
				resources { cpu_idle: true limits { key: "cpu" value: "1" } limits { key: "memory" value: "512Mi" } }`, `
				max_instance_request_concurrency: 40 scaling { max_instance_count: 3 }
				timeout { seconds: 60 } service_account: "a@p.iam"`) + ` invoker_iam_disabled: true`,
		},
		{
			name: "what others set stays",
			observed: `etag: "7" ingress: INGRESS_TRAFFIC_INTERNAL_ONLY labels { key: "team" value: "a" } annotations { key: "x" value: "y" }
				invoker_iam_disabled: true
				template { revision: "hello-00001-abc" session_affinity: true vpc_access { connector: "c" }
					containers { name: "proxy" image: "envoy" }
					containers { name: "app" image: "old" ports { name: "h2c" container_port: 80 } liveness_probe { period_seconds: 3 }
						env { name: "THEIRS" value: "1" } resources { limits { key: "cpu" value: "1000m" } startup_cpu_boost: true } } }`,
			change:  func(d *run.Desired) { d.CPU, d.Env = "1", map[string]string{"OURS": "2"} },
			managed: `{"fields":["cpu"],"env":["OURS"]}`,
			want: `etag: "7" ingress: INGRESS_TRAFFIC_INTERNAL_ONLY labels { key: "team" value: "a" } annotations { key: "x" value: "y" }
				invoker_iam_disabled: true
				template { session_affinity: true vpc_access { connector: "c" }
					containers { name: "proxy" image: "envoy" }
					containers { name: "app" image: "` + image + `" ports { name: "h2c" container_port: 8080 } liveness_probe { period_seconds: 3 }
						env { name: "THEIRS" value: "1" } env { name: "OURS" value: "2" }
						resources { limits { key: "cpu" value: "1000m" } startup_cpu_boost: true } } }`,
		},
		{
			name: "what we set and want no longer goes",
			observed: `annotations { key: "gcpdeploy.dev/managed" value: '{"fields":["allow_unauthenticated","concurrency","cpu","max_instances","service_account","timeout"],"env":["A","B"]}' }
				invoker_iam_disabled: true
				template { timeout { seconds: 9 } service_account: "a" max_instance_request_concurrency: 4 scaling { min_instance_count: 1 max_instance_count: 2 }
					containers { image: "old" env { name: "A" value: "1" } env { name: "T" value: "t" } env { name: "B" value: "1" }
						resources { cpu_idle: true limits { key: "cpu" value: "2" } limits { key: "memory" value: "1Gi" } } } }`,
			change:  func(d *run.Desired) { d.Env = map[string]string{"B": "2"} },
			managed: `{"env":["B"]}`,
			want: fmt.Sprintf(bare, `env { name: "T" value: "t" } env { name: "B" value: "2" }
				resources { cpu_idle: true limits { key: "memory" value: "1Gi" } }`, `scaling { min_instance_count: 1 }`),
		},
		{
			name: "pinned traffic goes to the latest, tags stay",
			observed: `template { containers {} } traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION revision: "hello-1" percent: 100 tag: "old" }
				traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION revision: "hello-2" }`,
			managed: `{}`,
			want: fmt.Sprintf(bare, "", "") + ` traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST percent: 100 }
				traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION revision: "hello-1" tag: "old" }`,
		},
		{
			name: "a split with the latest stays",
			observed: `template { containers {} } traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST percent: 10 }
				traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION revision: "hello-2" percent: 90 }`,
			managed: `{}`,
			want: fmt.Sprintf(bare, "", "") + ` traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST percent: 10 }
				traffic { type: TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION revision: "hello-2" percent: 90 }`,
		},
		{
			name: "Cloud Run's own defaults follow port and CPU",
			observed: `template { max_instance_request_concurrency: 80 containers { image: "old" ports { name: "http1" container_port: 80 }
				startup_probe { period_seconds: 240 tcp_socket { port: 80 } } liveness_probe { http_get { path: "/" port: 9000 } }
				resources { cpu_idle: true limits { key: "cpu" value: "1000m" } } } }`,
			change:  func(d *run.Desired) { d.CPU = "500m" },
			managed: `{"fields":["cpu"]}`,
			want: fmt.Sprintf(bare, `startup_probe { period_seconds: 240 tcp_socket { port: 8080 } } liveness_probe { http_get { path: "/" port: 9000 } }
				resources { cpu_idle: true limits { key: "cpu" value: "500m" } }`, ""),
		},
		{
			name:     "private again",
			observed: `template { containers {} } annotations { key: "gcpdeploy.dev/public" value: "iam" }`,
			change:   func(d *run.Desired) { d.AllowUnauthenticated = &no },
			managed:  `{"fields":["allow_unauthenticated"]}`,
			want:     fmt.Sprintf(bare, "", ""),
		},
		{
			name:     "a spoilt record counts as none",
			observed: `template { containers { env { name: "A" value: "1" } } } annotations { key: "gcpdeploy.dev/managed" value: "{" }`,
			managed:  `{}`,
			want:     fmt.Sprintf(bare, `env { name: "A" value: "1" }`, ""),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var observed, before *runpb.Service
			if tt.observed != "" {
				observed = text(t, tt.observed)
				before = proto.CloneOf(observed)
			}
			d := desired()
			if tt.change != nil {
				tt.change(&d)
			}
			want := text(t, fmt.Sprintf(ours, tt.managed)+tt.want)
			if diff := cmp.Diff(want, run.Merge(observed, d), protocmp.Transform()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !proto.Equal(observed, before) {
				t.Error("Merge changed what was observed")
			}
		})
	}
}

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

func TestSuperseded(t *testing.T) {
	t.Parallel()
	at := func(id string, d time.Duration) release.Run { return release.Run{ID: id, Started: noon.Add(d)} }
	for _, tt := range []struct {
		name   string
		wrote  string
		asking release.Run
		want   bool
	}{
		{"nobody", "", first, false},
		{"itself", first.String(), first, false},
		{"an older one", first.String(), at("run-2", time.Nanosecond), false},
		{"a newer one", at("run-2", time.Nanosecond).String(), first, true},
		{"the same instant, greater", at("run-2", 0).String(), first, true},
		{"the same instant, smaller", at("run-0", 0).String(), first, false},
		{"spoilt", "run-9 tomorrow", first, false},
	} {
		s := &runpb.Service{Annotations: map[string]string{"gcpdeploy.dev/run": tt.wrote}}
		if got := run.Superseded(s, tt.asking); got != tt.want {
			t.Errorf("%s: Superseded = %v, want %v", tt.name, got, tt.want)
		}
	}
	if run.Superseded(nil, first) {
		t.Error("no service supersedes")
	}
}

// TestMergeTriesAgain holds that a revision that did not come up is made anew:
// Cloud Run does nothing for a template that did not change.
func TestMergeTriesAgain(t *testing.T) {
	t.Parallel()
	d := run.Desired{Spec: release.Spec{Project: "p", Region: "r", Service: "s", Image: "i@sha256:1", Port: 8080}, Run: release.Run{ID: "second"}}
	observed := run.Merge(nil, d)
	observed.TerminalCondition = &runpb.Condition{State: runpb.Condition_CONDITION_FAILED}
	if again := run.Merge(observed, d); proto.Equal(again.Template, observed.Template) {
		t.Error("the template is the one that failed")
	}
	observed.TerminalCondition.State = runpb.Condition_CONDITION_SUCCEEDED
	if again := run.Merge(observed, d); !proto.Equal(again.Template, observed.Template) {
		t.Error("the template of a service that is up changed")
	}
}
