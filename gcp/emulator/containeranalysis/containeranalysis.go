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
var list = regexp.MustCompile(`^/v1(beta1)?/projects/[^/]+/(locations/[^/]+/)?occurrences(:vulnerabilitySummary)?$`)

// Service is Container Analysis for the frame.
func Service(frame.Frame) (frame.Service, error) {
	on := frame.Surface{Handler: http.HandlerFunc(serve), Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	return frame.Service{Web: &frame.Web{
		Host: "containeranalysis.googleapis.com", Has: list.MatchString, Surface: func(string) frame.Surface { return on },
	}}, nil
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || !list.MatchString(r.URL.Path) {
		frame.WriteError(w, status.Error(codes.Unimplemented, "the emulator of Container Analysis has no occurrences, and takes none"))
		return
	}
	frame.WriteJSON(w, http.StatusOK, struct{}{})
}
