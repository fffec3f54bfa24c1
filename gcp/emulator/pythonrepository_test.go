package emulator_test

import (
	"io"
	"strings"
	"testing"
)

// TestPythonRepository: it is there under its own host's name, and takes no images.
func TestPythonRepository(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	resp := request(t, s, "POST", "/v1/projects/my-project/locations/europe-west1/repositories?repositoryId=pypi", `{"format":"PYTHON"}`, "Content-Type: application/json")
	if resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	resp = request(t, s, "GET", "/v1/projects/my-project/locations/europe-west1/repositories/pypi", "")
	if got, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(got), `"europe-west1-python.pkg.dev/my-project/pypi"`) {
		t.Errorf("%s, %v", got, err)
	}
	if resp := request(t, s, "POST", "/v2/my-project/pypi/app/blobs/uploads/", ""); resp.StatusCode != 404 {
		t.Errorf("a push of an image: %s", resp.Status)
	}
}
