package run

import (
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func TestCause(t *testing.T) {
	t.Parallel()
	reason := func(r runpb.Condition_CommonReason) string { return " " + r.String() + " " }
	const silent = "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable"
	for _, tt := range []struct {
		name, text, reasons, log string
		why, hint                string
	}{
		{"secret", "Permission denied on secret: projects/p/secrets/api-key/versions/latest for Revision service account app@p.iam.gserviceaccount.com. The service account used must be granted", "", "",
			"", "Grant roles/secretmanager.secretAccessor (for secretmanager.versions.access) on the secret api-key to app@p.iam.gserviceaccount.com: " +
				"`gcloud secrets add-iam-policy-binding api-key --project=p --member=serviceAccount:app@p.iam.gserviceaccount.com"},
		{"secret, by its reason", "no", reason(runpb.Condition_SECRETS_ACCESS_CHECK_FAILED), "", "", "roles/secretmanager.secretAccessor"},
		{"image denied", "Google Cloud Run Service Agent service-42@serverless-robot-prod.iam.gserviceaccount.com must have permission to read the image", "", "", "", "to service-42@serverless-robot-prod.iam.gserviceaccount.com."},
		{"image denied, by its reason", "no", reason(runpb.Condition_CONTAINER_IMAGE_UNAUTHORIZED), "", "", "Cloud Run's service agent"},
		{"image gone", "Image 'x' not found.", reason(runpb.Condition_CONTAINER_MISSING), "", "", "was removed"},
		{"memory", silent, "", "Memory limit of 512 MiB exceeded with 520 MiB used.", "; it ran out of memory", "Raise run.memory."},
		{"memory, as gunicorn says it", silent, "", "[1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", "; it ran out of memory", "Raise run.memory."},
		{"architecture", silent, "", "exec /env/bin/python: exec format error", "; the image is for another architecture", "linux/amd64"},
		{"architecture, by the manifest", "Container manifest type must support amd64/linux: the image does not support amd64/linux", "", "", "; the image is for another architecture", "linux/amd64"},
		{"localhost", silent, "", "INFO: Uvicorn running on http://127.0.0.1:8080 (Press CTRL+C to quit)", "; it listens on localhost alone", "0.0.0.0:$PORT (8080)"},
		{"localhost, flask", silent, "", " * Running on http://localhost:5000", "; it listens on localhost alone", "0.0.0.0:$PORT (8080)"},
		{"another port", silent, "", "[1] [INFO] Listening at: http://0.0.0.0:8000 (1)", "; it listens on port 8000", "run.port to 8000"},
		{"the right port", silent, "", "[1] [INFO] Listening at: http://0.0.0.0:8080 (1)", "", "Make the app listen"},
		{"crashed", silent, "", "Traceback (most recent call last):\n  File x\nModuleNotFoundError: No module named 'scipy'", "; it ended with ModuleNotFoundError: No module named 'scipy'", "Mend that"},
		{"ended", silent, "", "Container called exit(3).", "; it ended with Container called exit(3).", "Mend that"},
		{"says nothing", silent, "", "", "", "Make the app listen on 0.0.0.0:$PORT (8080)"},
		{"odd", "odd", "", "", "", "gcpdeploy logs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			why, hint := failure{text: tt.text, reasons: tt.reasons, log: tt.log, d: Desired{Spec: release.Spec{Port: 8080}}}.cause()
			if why != tt.why || !strings.Contains(hint, tt.hint) {
				t.Errorf("%q, hint %q; want %q, %q", why, hint, tt.why, tt.hint)
			}
		})
	}
}
