package run_test

import (
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

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
			observed: `etag: "7" client: "gcloud" client_version: "528.0.0" ingress: INGRESS_TRAFFIC_INTERNAL_ONLY labels { key: "team" value: "a" } annotations { key: "x" value: "y" }
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
			want.Template.Annotations = map[string]string{"gcpdeploy.dev/run": d.Run.String()}
			if diff := cmp.Diff(want, run.Merge(observed, d), protocmp.Transform()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !proto.Equal(observed, before) {
				t.Error("Merge changed what was observed")
			}
		})
	}
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
