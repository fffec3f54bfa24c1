package cloudbuild

import (
	"encoding/json"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Hook tells what happened in a git repository on this machine, as GitHub's webhook
// tells Google. Exactly one of Push and Pull is set; neither: the folder stands for
// the remote from now on, and nothing happened.
type Hook struct {
	Folder string `json:"folder"`           // absolute, in the repository or its root
	Remote string `json:"remote,omitempty"` // "" = the repository's origin
	Push   *Push  `json:"push,omitempty"`
	Pull   *Pull  `json:"pull_request,omitempty"`
}

// Push is one of a branch or a tag.
type Push struct {
	Ref    string `json:"ref,omitempty"`    // refs/heads/… or refs/tags/…; "" = the branch that is checked out
	Before string `json:"before,omitempty"` // where it was; "" = where it was at the last push that was told; zeros: it is new
	After  string `json:"after,omitempty"`  // "" = where it is; zeros: it was deleted
}

// Pull is a pull request that was opened, pushed to, or commented.
type Pull struct {
	Number     int    `json:"number"`
	Base       string `json:"base,omitempty"` // a branch; "" = main, or else master
	Head       string `json:"head,omitempty"` // a branch; "" = the one that is checked out
	HeadCommit string `json:"head_commit,omitempty"`
	Fork       string `json:"fork,omitempty"` // the URL of the repository that it comes from; "" = the same
	Comment    string `json:"comment,omitempty"`
	Outsider   bool   `json:"outsider,omitempty"` // who made it may not write to the repository
	Stranger   bool   `json:"stranger,omitempty"` // who commented may not
}

// Answer is what a hook led to.
type Answer struct {
	Remote   string   `json:"remote"`
	Folder   string   `json:"folder"`
	Ref      string   `json:"ref,omitempty"`
	Commit   string   `json:"commit,omitempty"`
	Changed  []string `json:"changed,omitempty"`
	Triggers []Fired  `json:"triggers"` // all there are
}

// Fired is a trigger that fired, or why it did not.
type Fired struct {
	Project  string `json:"project"`
	Location string `json:"location"`
	Name     string `json:"name"`
	ID       string `json:"id"`
	Fired    bool   `json:"fired"`
	Build    string `json:"build,omitempty"`  // its id
	Status   string `json:"status,omitempty"` // of the build as it was made: QUEUED, or PENDING an approval
	LogURL   string `json:"log_url,omitempty"`
	Reason   string `json:"reason,omitempty"` // why it did not fire
	Error    string `json:"error,omitempty"`  // why it fired and there is no build
}

// HookPath is where hooks are posted on the emulators' port. No host of Google's has it.
const HookPath = "/v1/emulators/events"

// events is the way of hooks. Only the owner has it: a hook makes a folder of this
// machine known.
func (s *Server) events() *frame.Web {
	on := frame.Surface{Handler: http.HandlerFunc(s.serveHook), Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	return &frame.Web{Has: func(path string) bool { return path == HookPath }, Surface: func(string) frame.Surface { return on }}
}

func (s *Server) serveHook(w http.ResponseWriter, r *http.Request) {
	var h Hook
	read := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	read.DisallowUnknownFields()
	switch {
	case frame.Caller(r.Context()) != "":
		frame.WriteError(w, status.Error(codes.PermissionDenied, "only the owner of the emulators may tell of events"))
	case r.Method != http.MethodPost:
		frame.WriteError(w, status.Error(codes.NotFound, "events are posted"))
	default:
		if err := read.Decode(&h); err != nil {
			frame.WriteError(w, invalid("%v", err))
			return
		}
		a, err := s.Hear(r.Context(), h)
		if err != nil {
			frame.WriteError(w, err)
			return
		}
		frame.WriteJSON(w, http.StatusOK, a)
	}
}
