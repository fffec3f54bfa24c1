package worker

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

// TestResolvedDockerfile: images that a Dockerfile names are found here, the source
// stays as it is, and nothing outside of the step's folders is read.
func TestResolvedDockerfile(t *testing.T) {
	t.Parallel()
	const text = "ARG BASE=H/p/a\n# FROM H/p/comment\nFROM --platform=linux/amd64 \\\n  H/p/a:v1 AS one\nFROM \"H/p/b\"\nCOPY --from=H/p/c /x /y\n" +
		"RUN --mount=type=bind,from=H/p/d,target=/m echo H/p/e\nENV X=H/p/f\n"
	const resolved = "ARG BASE=here/p/a\n# FROM H/p/comment\nFROM --platform=linux/amd64 \\\n  here/p/a:v1 AS one\nFROM \"here/p/b\"\nCOPY --from=here/p/c /x /y\n" +
		"RUN --mount=type=bind,from=here/p/d,target=/m echo H/p/e\nENV X=H/p/f\n"
	work, outputs, outside := t.TempDir(), t.TempDir(), t.TempDir()
	for name, data := range map[string]string{
		"Dockerfile": text, "sub/Dockerfile": text, "sub/other": text, "sub/other.dockerignore": "x", "plain/Dockerfile": "FROM here/p/a\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(work, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(work, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret, leads := filepath.Join(outside, "Dockerfile"), filepath.Join(work, "leads")
	for _, err := range []error{os.WriteFile(secret, []byte(text), 0o600), os.Mkdir(leads, 0o700), os.Symlink(secret, filepath.Join(leads, "Dockerfile"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	resolve := func(s string) string {
		if rest, ok := strings.CutPrefix(s, "H/p/"); ok {
			return "here/p/" + rest
		}
		return s
	}
	copied := filepath.Join(outputs, "dockerfile", "3")
	for args, want := range map[string]string{
		"build .":                           "build --file=" + copied + "/Dockerfile .",
		"build -t H/p/x --pull .":           "build --file=" + copied + "/Dockerfile -t H/p/x --pull .",
		"build sub -t x":                    "build --file=" + copied + "/Dockerfile sub -t x",
		"buildx build --load sub":           "buildx build --file=" + copied + "/Dockerfile --load sub",
		"build -f sub/other .":              "build -f " + copied + "/other .",
		"build --file=sub/other .":          "build --file=" + copied + "/other .",
		"build -f " + work + "/sub/other .": "build -f " + copied + "/other .",
		"build plain":                       "build plain",
		"build leads":                       "build leads",
		"build -f " + secret + " .":         "build -f " + secret + " .",
		"build -f - .":                      "build -f - .",
		"build -":                           "build -",
		"build nothing":                     "build nothing",
		"run x build .":                     "run x build .",
		"push H/p/x":                        "push H/p/x",
	} {
		r := StepRequest{Index: 3, Step: &cloudbuildpb.BuildStep{}, Options: &Options{Workspace: work, Outputs: outputs, Home: work, Resolve: resolve}}
		got, err := r.resolveDockerfile(work, strings.Fields(args))
		if err != nil || !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q, %v, want %s", args, got, err, want)
		}
		if args == want {
			continue
		}
		name := "Dockerfile"
		if strings.Contains(args, "other") {
			name = "other"
			if data, err := os.ReadFile(filepath.Join(copied, "other.dockerignore")); err != nil || string(data) != "x" {
				t.Errorf("%s: ignored %q, %v", args, data, err)
			}
		}
		if data, err := os.ReadFile(filepath.Join(copied, name)); err != nil || string(data) != resolved {
			t.Errorf("%s: %q, %v", args, data, err)
		}
		if err := os.RemoveAll(copied); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := os.ReadFile(filepath.Join(work, "Dockerfile")); err != nil || string(data) != text {
		t.Errorf("the source is %q, %v", data, err)
	}
}
