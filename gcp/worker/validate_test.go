package worker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

type (
	build = cloudbuildpb.Build
	step  = cloudbuildpb.BuildStep
	vol   = cloudbuildpb.Volume
)

func seconds(n int) *durationpb.Duration { return durationpb.New(time.Duration(n) * time.Second) }

func many(n int, f func(i int) string) (all []string) {
	for i := range n {
		all = append(all, f(i))
	}
	return all
}

func TestValidate(t *testing.T) {
	t.Parallel()
	one := []*step{{Name: "busybox"}}
	tests := []struct {
		name string
		b    *build
		want string // part of the error; "" = valid
	}{
		{"nil", nil, "no build field was provided"},
		{"minimal", &build{Steps: one}, ""},
		{"no steps", &build{}, "invalid .steps field: no build steps are specified"},
		{"too many steps", &build{Steps: func() (s []*step) {
			for range worker.MaxSteps + 1 {
				s = append(s, &step{Name: "a"})
			}
			return s
		}()}, "cannot specify more than 100 build steps"},
		{"no name", &build{Steps: []*step{{}}}, "build step 0 must specify name"},
		{"long name", &build{Steps: []*step{{Name: strings.Repeat("a", 1001)}}}, "build step 0 name too long (max: 1000)"},
		{"many args", &build{Steps: []*step{{Name: "a", Args: many(101, func(int) string { return "x" })}}}, "build step 0 too many args (max: 100)"},
		{"long arg", &build{Steps: []*step{{Name: "a", Args: []string{"", strings.Repeat("x", 4001)}}}}, "build step 0 arg 1 too long (max: 4000)"},
		{"longest arg", &build{Steps: []*step{{Name: "a", Args: []string{strings.Repeat("x", 4000)}}}}, ""},
		{"long dir", &build{Steps: []*step{{Name: "a", Dir: strings.Repeat("x", 1001)}}}, "build step 0 dir too long"},
		{"dir outside", &build{Steps: []*step{{Name: "a", Dir: "a/../../b"}}}, "outside of the workspace"},
		{"dir of dots", &build{Steps: []*step{{Name: "a", Dir: "..a"}}}, ""},
		{"unknown waitFor", &build{Steps: []*step{{Name: "a", Id: "x", WaitFor: []string{"y"}}}}, `build step #0 - "x" depends on "y", which has not been defined`},
		{"later waitFor", &build{Steps: []*step{{Name: "a", WaitFor: []string{"y"}}, {Name: "a", Id: "y"}}}, `build step #0 depends on "y", which has not been defined`},
		{"own waitFor", &build{Steps: []*step{{Name: "a", Id: "x", WaitFor: []string{"x"}}}}, `depends on "x"`},
		{"known waitFor", &build{Steps: []*step{{Name: "a", Id: "x"}, {Name: "a", WaitFor: []string{"-", "x"}}}}, ""},
		{"duplicate id", &build{Steps: []*step{{Name: "a", Id: "x"}, {Name: "a", Id: "x"}}}, `build step #1 - "x": the ID is not unique`},
		{"id of the start", &build{Steps: []*step{{Name: "a", Id: "-"}}}, `the ID cannot be "-"`},
		{"script with args", &build{Steps: []*step{{Name: "a", Script: "x", Args: []string{"y"}}}}, "both script and args"},
		{"script with entrypoint", &build{Steps: []*step{{Name: "a", Script: "x", Entrypoint: "y"}}}, "both script and entrypoint"},
		{"exit code 0", &build{Steps: []*step{{Name: "a", AllowExitCodes: []int32{0}}}}, "between 1 and 255"},
		{"env without =", &build{Steps: []*step{{Name: "a", Id: "x", Env: []string{"A"}}}}, `the Env entry "A" must be of the form "KEY=VALUE"`},
		{"env without name", &build{Steps: []*step{{Name: "a", Env: []string{"=A"}}}}, `must be of the form "KEY=VALUE"`},
		{"many envs", &build{Steps: []*step{{Name: "a", Env: many(101, func(i int) string { return fmt.Sprintf("A%d=", i) })}}}, "too many envs (max: 100)"},
		{"options env", &build{Steps: one, Options: &cloudbuildpb.BuildOptions{Env: []string{"A"}}}, "invalid .options.env field"},
		{"timeout", &build{Steps: one, Timeout: seconds(86401)}, "timeout exceeds the timeout limit of 24h0m0s"},
		{"negative timeout", &build{Steps: one, Timeout: seconds(-1)}, "timeout must be >=0"},
		{"step timeout over the build's", &build{Timeout: seconds(5), Steps: []*step{{Name: "a", Timeout: seconds(6)}}}, "build step timeout 6s must be <= build timeout 5s"},
		{"substitution key", &build{Steps: one, Substitutions: map[string]string{"foo": "x"}}, `substitution key "foo" does not respect format`},
		{"built-in that is not to be set", &build{Steps: one, Substitutions: map[string]string{"PROJECT_ID": "x"}}, `substitution key "PROJECT_ID"`},
		{"built-in to be set", &build{Steps: one, Substitutions: map[string]string{"COMMIT_SHA": "x"}}, ""},
		{"long value", &build{Steps: one, Substitutions: map[string]string{"_A": strings.Repeat("x", 4001)}}, "too long (max: 4000)"},
		{"images differ", &build{Steps: one, Images: []string{"a"}, Artifacts: &cloudbuildpb.Artifacts{Images: []string{"b"}}}, "different .images and .artifacts.images"},
		{"many images", &build{Steps: one, Images: many(101, func(int) string { return "a" })}, "more than 100 images"},
		{"objects location", &build{Steps: one, Artifacts: &cloudbuildpb.Artifacts{Objects: &cloudbuildpb.Artifacts_ArtifactObjects{Location: "b", Paths: []string{"x"}}}}, "must begin with 'gs://'"},
		{"disk", &build{Steps: one, Options: &cloudbuildpb.BuildOptions{DiskSizeGb: 4001}}, "disk_size_gb"},
		{"volume once", &build{Steps: []*step{{Name: "a", Volumes: []*vol{{Name: "vv", Path: "/v"}}}}}, `Volume "vv" is only used by one step`},
		{"volume twice", &build{Steps: []*step{{Name: "a", Volumes: []*vol{{Name: "vv", Path: "/v"}}}, {Name: "a", Volumes: []*vol{{Name: "vv", Path: "/w"}}}}}, ""},
		{"volume path", &build{Steps: []*step{{Name: "a", Volumes: []*vol{{Name: "vv", Path: "v"}}}}}, "must be absolute"},
		{"volume reserved", &build{Steps: []*step{{Name: "a", Volumes: []*vol{{Name: "vv", Path: "/workspace/"}}}}}, `path "/workspace/" is reserved`},
		{"volume name", &build{Steps: []*step{{Name: "a", Volumes: []*vol{{Name: "../x", Path: "/v"}}}}}, "does not match"},
		{"global volume and one step", &build{Steps: one, Options: &cloudbuildpb.BuildOptions{Volumes: []*vol{{Name: "vv", Path: "/v"}}}}, "fewer than two steps"},
		{"secret unused", &build{Steps: one, AvailableSecrets: &cloudbuildpb.Secrets{SecretManager: []*cloudbuildpb.SecretManagerSecret{{Env: "S"}}}}, `secretEnv "S" is defined without being used`},
		{"secret undefined", &build{Steps: []*step{{Name: "a", SecretEnv: []string{"S"}}}}, `secretEnv "S" is used without being defined`},
		{"secret and env", &build{Steps: []*step{{Name: "a", SecretEnv: []string{"S"}, Env: []string{"S=1"}}}}, `secret and non-secret env "S"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := worker.Validate(tt.b)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "invalid build: ") {
				t.Fatalf("got %v, want … %s", err, tt.want)
			}
			if errs.KindOf(err) != errs.Usage {
				t.Errorf("kind %v", errs.KindOf(err))
			}
		})
	}
}

func TestValidateSubstituted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		b    *build
		want string
	}{
		{"names", &build{Steps: []*step{{Name: "gcr.io/cloud-builders/docker"}, {Name: "127.0.0.1:5000/p/r/x@sha256:" + strings.Repeat("a", 64)}, {Name: "ubuntu:22.04"}, {Name: "localhost/a__b/c--d:T.1"}}}, ""},
		{"bad name", &build{Steps: []*step{{Name: "a b"}}}, `invalid build step name "a b"`},
		{"empty name", &build{Steps: []*step{{Name: ""}}}, `invalid build step name ""`},
		{"dots", &build{Steps: []*step{{Name: "gcr.io/../x"}}}, "invalid build step name"},
		{"upper case image", &build{Images: []string{"gcr.io/p/App"}}, "contains uppercase letters"},
		{"bad image", &build{Images: []string{"gcr.io//x"}}, `invalid image name "gcr.io//x"`},
		{"bad tag", &build{Tags: []string{"a/b"}}, `invalid build tag "a/b"`},
		{"many tags", &build{Tags: many(65, func(i int) string { return fmt.Sprint(i) })}, "number of tags 65 exceeded (max: 64)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := worker.ValidateSubstituted(tt.b)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
		})
	}
	b := &build{Tags: []string{"a", "", "a", "b"}}
	if err := worker.ValidateSubstituted(b); err != nil || strings.Join(b.Tags, ",") != "a,b" {
		t.Errorf("tags %v, %v", b.Tags, err)
	}
}
