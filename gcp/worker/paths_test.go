package worker

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
)

func TestHostArgs(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"build -f /workspace/d/Dockerfile /workspace", "build -f /W/d/Dockerfile /W"},
		{"build --iidfile=/workspace/i .", "build --iidfile=/W/i ."},
		{"build --secret id=ca,src=/workspace/ca.pem /workspacex", "build --secret id=ca,src=/W/ca.pem /workspacex"},
		{"build --secret=id=t,src=/builder/home/t -t /workspace .", "build --secret=id=t,src=/H/t -t /workspace ."},
		{"build --build-context src=/workspace/s --build-arg P=/workspace/s .", "build --build-context src=/W/s --build-arg P=/workspace/s ."},
		{"build -o type=local,dest=/workspace/out .", "build -o type=local,dest=/W/out ."},
		{"save -o /builder/outputs/x.tar img", "save -o /O/x.tar img"},
		{"run -v /workspace:/workspace:ro -w /workspace img cat /workspace/f", "run -v /W:/workspace:ro -w /workspace img cat /workspace/f"},
		{"run --volume=/workspace/a:/b img", "run --volume=/W/a:/b img"},
		{"run -v vol:/workspace -v /etc:/workspace img", "run -v vol:/workspace -v /etc:/workspace img"},
		{"run --mount type=bind,src=/workspace,dst=/workspace img", "run --mount type=bind,src=/W,dst=/workspace img"},
		{"run --env-file /workspace/e --cidfile=/workspace/c -e A=/workspace img", "run --env-file /W/e --cidfile=/W/c -e A=/workspace img"},
		{"container run --mount=type=bind,source=/cache/x,target=/y img /workspace", "container run --mount=type=bind,source=/V/volume/vv/x,target=/y img /workspace"},
		{"cp /workspace/a c:/workspace/b", "cp /W/a c:/workspace/b"},
		{"build /workspace/../etc /workspace/a/../b", "build /workspace/../etc /W/b"},
	}
	for _, tt := range tests {
		r := StepRequest{Options: &Options{Workspace: "/W", Home: "/H", Outputs: "/V"}, Outputs: "/O",
			Volumes: []*cloudbuildpb.Volume{{Name: "vv", Path: "/cache"}},
			Step:    &cloudbuildpb.BuildStep{Args: strings.Fields(tt.in)}}
		if d := cmp.Diff(tt.want, strings.Join(r.hereArgs(), " ")); d != "" {
			t.Error(d)
		}
	}
}

// TestResolvedImages: images are named as they are reached from here, and what runs
// in a container is left alone.
func TestResolvedImages(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"build -t H/p/r/i:v --build-arg BASE=H/p/r/b --cache-from=H/p/r/c .": "build -t here/p/r/i:v --build-arg BASE=here/p/r/b --cache-from=here/p/r/c .",
		"push H/p/r/i:v": "push here/p/r/i:v", "run --rm -e A H/p/r/i echo H/p/r/i": "run --rm -e A here/p/r/i echo H/p/r/i", "run": "run",
	} {
		r := StepRequest{Options: &Options{Workspace: "/W", Resolve: func(s string) string { return strings.Replace(s, "H/", "here/", 1) }},
			Step: &cloudbuildpb.BuildStep{Args: strings.Fields(in)}}
		if d := cmp.Diff(want, strings.Join(r.hereArgs(), " ")); d != "" {
			t.Error(d)
		}
	}
}

func TestWithLabels(t *testing.T) {
	t.Parallel()
	labels := map[string]string{"k": "v"}
	for in, want := range map[string]string{
		"run -d img":        "run --label k=v -d img",
		"container run img": "container run --label k=v img",
		"create img":        "create --label k=v img",
		"build .":           "build .",
		"container ls":      "container ls",
		"run":               "run --label k=v",
		"":                  "",
	} {
		if got := strings.Join(withLabels(strings.Fields(in), labels), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestIsDockerBuilder(t *testing.T) {
	t.Parallel()
	for want, steps := range map[bool][]*cloudbuildpb.BuildStep{
		true:  {{Name: "gcr.io/cloud-builders/docker"}, {Name: "gcr.io/cloud-builders/docker:20.10.24"}, {Name: "docker"}, {Name: "docker:27", Entrypoint: "docker"}},
		false: {{Name: "docker", Entrypoint: "bash"}, {Name: "docker", Script: "x"}, {Name: "gcr.io/cloud-builders/gcloud"}, {Name: "example.com:5000/docker"}},
	} {
		for _, s := range steps {
			if isDockerBuilder(s) != want {
				t.Errorf("%v: %v", s, !want)
			}
		}
	}
}

func TestRegistryAuth(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"127.0.0.1:5000/p/x:v": "127.0.0.1:5000", "gcr.io/p/x": "gcr.io", "localhost/x": "localhost", "python:3": "index.docker.io", "library/python": "index.docker.io",
	} {
		if got := registryHost(image); got != want {
			t.Errorf("%s: %s", image, got)
		}
	}
	if a, err := registryAuth(t.TempDir(), "gcr.io/x/y"); err != nil || a.Username != "" {
		t.Errorf("%v %v", a, err)
	}
}
