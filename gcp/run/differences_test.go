package run_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestDifferences: a setting that is set, changed or gone is told by its key, and no other.
func TestDifferences(t *testing.T) {
	t.Parallel()
	for _, tt := range settings {
		t.Run(tt.key, func(t *testing.T) {
			t.Parallel()
			bare := apply(nil, run.Merge(nil, desired()))
			with := func(set func(*run.Desired)) run.Desired { d := desired(); set(&d); return d }
			set := apply(bare, run.Merge(bare, with(tt.set)))
			for what, changes := range map[string][]release.Change{
				"set":     run.Differences(bare, run.Merge(bare, with(tt.set))),
				"changed": run.Differences(set, run.Merge(set, with(tt.change))),
				"removed": run.Differences(set, run.Merge(set, desired())),
			} {
				if len(changes) == 0 {
					t.Errorf("%s: no difference is told", what)
				}
				for _, c := range changes {
					if !strings.HasPrefix(c.Path, "run."+tt.key) && !goesWith(tt.key, c.Path) {
						t.Errorf("%s: told is %s", what, c)
					}
				}
			}
			if same := run.Differences(set, run.Merge(set, with(tt.set))); len(same) > 0 {
				t.Errorf("set again: %v", same)
			}
		})
	}
}

// goesWith says whether a path is told where another key changes.
func goesWith(key, path string) bool {
	with := map[string][]string{
		"cpu":                {"run.concurrency", "run.cpu_throttling"},
		"invoker_iam_check":  {"run.allow_unauthenticated"},
		"secrets":            {"run.volumes.secret-"},
		"sidecars":           {"run.volumes."},
		"depends_on":         {"run.sidecars."},
		"scaling":            {"run.scaling."},
		"cloudsql_instances": {"run.volumes.cloudsql"},
		"vpc.network":        {"run.vpc."}, "vpc.subnet": {"run.vpc."}, "vpc.tags": {"run.vpc."}, "vpc.egress": {"run.vpc."}, "vpc.connector": {"run.vpc."},
		"gpu": {"run.gpu", "run.cpu_throttling"}, "gpu_type": {"run.gpu"},
	}
	for _, prefix := range with[key] {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// TestDifferencesHide: no value of a variable is told, nor what another client set.
func TestDifferencesHide(t *testing.T) {
	t.Parallel()
	d := desired()
	d.Env, d.Secrets, d.Memory = texts{"A": "canary-1", "GONE": "canary-2"}, texts{"KEY": "key:1"}, "512Mi"
	was := apply(nil, run.Merge(nil, d))
	c := was.Template.Containers[0]
	c.Env = append(c.Env, &runpb.EnvVar{Name: "THEIRS", Values: &runpb.EnvVar_Value{Value: "canary-3"}})
	was.Labels = texts{"team": "theirs"}
	d.Env, d.Secrets, d.Memory, d.DefaultURL = texts{"A": "canary-4", "NEW": "canary-5"}, texts{"KEY": "key:2"}, "1Gi", new(bool)
	var lines []string
	changes := run.Differences(was, run.Merge(was, d))
	for _, c := range changes {
		lines = append(lines, c.String())
	}
	want := strings.TrimSpace(`
run.default_url true → false
run.env.A is another
run.env.GONE is gone
run.env.NEW is new
run.memory 512Mi → 1Gi
run.secrets.KEY key:1 → key:2`)
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := release.Summary(changes); got != "default_url, 3 of env, memory, secrets" {
		t.Errorf("in short: %s", got)
	}
}

// TestRemovedByFlags: what a flag takes away goes, whoever set it; what is wanted stays.
func TestRemovedByFlags(t *testing.T) {
	t.Parallel()
	d := desired()
	d.Env = texts{"OURS": "1"}
	was := apply(nil, run.Merge(nil, d))
	main := was.Template.Containers[0]
	main.Env = append(main.Env, &runpb.EnvVar{Name: "THEIRS", Values: &runpb.EnvVar_Value{Value: "x"}},
		&runpb.EnvVar{Name: "SECRET", Values: &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: "s", Version: "1"}}}})
	was.Labels, was.CustomAudiences = texts{"team": "theirs", "gcpdeploy-commit": "abc"}, []string{"one", "two"}
	was.Template.VpcAccess = &runpb.VpcAccess{Connector: "projects/p/locations/europe-west1/connectors/c"}
	was.Template.Volumes = []*runpb.Volume{{Name: "mem", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{}}}}
	main.VolumeMounts = []*runpb.VolumeMount{{Name: "mem", MountPath: "/mem"}}
	for _, tt := range []struct {
		removed map[string][]string
		want    string
	}{
		{nil, ""},
		{map[string][]string{"env": {"THEIRS"}}, "run.env.THEIRS is gone"},
		{map[string][]string{"env": {"OURS", "NONE"}}, ""}, // it is wanted
		{map[string][]string{"env": {}}, "run.env.THEIRS is gone"},
		{map[string][]string{"secrets": {}}, "run.secrets.SECRET is gone"},
		{map[string][]string{"labels": {}}, "run.labels.team is gone"},
		{map[string][]string{"custom_audiences": {"one"}}, "run.custom_audiences one, two → two"},
		{map[string][]string{"vpc.connector": {}}, "run.vpc.connector is gone; run.vpc.egress is gone"},
		{map[string][]string{"volumes": {"mem"}}, "run.volumes.mem.emptyDir is gone; run.volumes.mem.mount is gone"},
	} {
		d := d
		d.Removed = tt.removed
		var lines []string
		for _, c := range run.Differences(was, run.Merge(was, d)) {
			line, _, _ := strings.Cut(c.String(), " is gone")
			if line != c.String() {
				line = c.Path + " is gone"
			}
			lines = append(lines, line)
		}
		if got := strings.Join(lines, "; "); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.removed, got, tt.want)
		}
	}
}
