package emulator

import (
	"net/http"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
)

// usage is Service Usage, which gcloud asks whether an API is enabled.
var usage = regexp.MustCompile(`^/v1/(projects/[^/]+/services/[a-z]+\.googleapis\.com)(:enable)?$`)

// answerUsage says that every API is enabled, as all that are here are.
func answerUsage(w http.ResponseWriter, r *http.Request, name string, enable bool) {
	project, api, _ := strings.Cut(name, "/services/")
	svc := map[string]any{"name": name, "parent": project, "config": map[string]string{"name": api}, "state": "ENABLED"}
	switch {
	case enable && r.Method == http.MethodPost:
		writeJSON(w, http.StatusOK, map[string]any{"name": "operations/noop.DONE_OPERATION", "done": true,
			"response": map[string]any{"@type": "type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse", "service": svc}})
	case !enable && r.Method == http.MethodGet:
		writeJSON(w, http.StatusOK, svc)
	default:
		writeStatus(w, int32(codes.NotFound), http.StatusNotFound, "Method not found.", nil)
	}
}
