package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReads: what decides what is deployed is told, wherever it lies, and nothing else.
func TestReads(t *testing.T) {
	t.Parallel()
	pyproject := "[project]\nname = 'api'\nrequires-python = '>=3.11'\ndependencies = ['core-lib']\n"
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"by itself": {map[string]string{"packages/api/requirements.txt": "flask\n"}, []string{"."}},
		"a uv workspace": {map[string]string{"uv.lock": memberLock, "pyproject.toml": "[tool.uv.workspace]\nmembers = ['packages/*']\n", "packages/api/pyproject.toml": pyproject},
			[]string{".", "../../pyproject.toml", "../../uv.lock", "../core-lib"}},
		"an included file, and a library": {map[string]string{"packages/api/requirements.txt": "-r ../base.txt\n-c ../../limits.txt\n", "packages/base.txt": "../core-lib\n", "limits.txt": "flask<4\n"},
			[]string{".", "../../limits.txt", "../base.txt", "../core-lib"}},
		"for the tests alone": {map[string]string{"packages/api/requirements.txt": "", "packages/test.txt": "../core-lib\n",
			"packages/api/gcpdeploy.yaml": "project: my-project\nregion: europe-west1\ntest: {command: pytest, requirements: [../test.txt]}\n"}, []string{".", "../core-lib", "../test.txt"}},
		"certificates": {map[string]string{"packages/api/requirements.txt": "", "ca.pem": "",
			"packages/api/gcpdeploy.yaml": "project: my-project\nregion: europe-west1\ntest: false\nca_file: ../../ca.pem\n"}, []string{".", "../../ca.pem"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, member(t, workspace(t, tt.files)).Reads()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
