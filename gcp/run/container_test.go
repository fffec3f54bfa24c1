package run_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func TestWhatContainersFind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cpu, memory string
		cpus        float64
		bytes       int64
		text        string
	}{
		{"", "", 0, 512 << 20, "512Mi"},
		{"500m", "1.5Gi", 0.5, 3 << 29, "1.5Gi"},
		{"4", "200M", 4, 200e6, "200M"},
	} {
		s := release.Spec{Service: "hello"}
		(&run.Settings{Port: 9000, Options: run.Options{CPU: tt.cpu, Memory: tt.memory}}).Fill(&s, &config.Config{})
		got, err := run.Kind.Contract(s)
		want := release.Contract{
			Title: "Cloud Run", Port: 9000, PortKey: "run.port", CPUs: tt.cpus,
			Env:    map[string]string{"PORT": "9000", "K_SERVICE": "hello", "K_CONFIGURATION": "hello", "K_REVISION": "hello-00000-tst"},
			Memory: release.Memory{Bytes: tt.bytes, Text: tt.text, Key: "run.memory"},
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q, %q: %v, -want +got:\n%s", tt.cpu, tt.memory, err, diff)
		}
	}
	s := release.Spec{Settings: json.RawMessage(`{"volumes": {"v": {"type": "in-memory"}}, "vpc": {"subnet": "s"}, "labels": {"a": "b"}}`)}
	if got, err := run.Kind.Contract(s); err != nil || !slices.Equal(got.Lacks, []string{"run.volumes", "run.vpc"}) {
		t.Errorf("it lacks %q, %v", got.Lacks, err)
	}
	for text, want := range map[string]errs.Kind{`{"cpu": "much"}`: errs.Usage, `{"memory": "1 GB"}`: errs.Usage, `{"cpu": 1}`: errs.Internal} {
		if _, err := run.Kind.Contract(release.Spec{Settings: json.RawMessage(text)}); err == nil || errs.KindOf(err) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}
