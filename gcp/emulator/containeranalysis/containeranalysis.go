// Package containeranalysis emulates what gcloud asks Container Analysis when it
// describes an image: the occurrences of a project, of which there are none, as
// nothing here scans images or attests builds. It refuses to take any.
package containeranalysis

import (
	"net/http"
	"regexp"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// list is the occurrences of a project, or their summary.
var list = regexp.MustCompile(`^/v1(?:beta1)?/projects/([^/]+)/(?:locations/[^/]+/)?occurrences(?::vulnerabilitySummary)?$`)

// Service is Container Analysis for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	on := frame.Surface{Handler: handler(f.Allow), Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	return frame.Service{Web: &frame.Web{
		Host: "containeranalysis.googleapis.com", Has: list.MatchString, Surface: func(string) frame.Surface { return on },
	}}, nil
}

// handler lists, for those who may.
type handler frame.Allow

// ServeHTTP answers one call.
func (allow handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := list.FindStringSubmatch(r.URL.Path)
	if r.Method != http.MethodGet || m == nil {
		frame.WriteError(w, status.Error(codes.Unimplemented, "the emulator of Container Analysis has no occurrences, and takes none"))
		return
	}
	if err := allow(r.Context(), frame.Access{API: "containeranalysis.googleapis.com", Project: m[1], Permission: "containeranalysis.occurrences.list", Resource: "projects/" + m[1]}); err != nil {
		frame.WriteError(w, err)
		return
	}
	frame.WriteJSON(w, http.StatusOK, struct{}{})
}
