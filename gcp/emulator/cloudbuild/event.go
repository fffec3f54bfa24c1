package cloudbuild

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
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
const HookPath = "/emulator/v1/events"

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

// Hear takes a hook, and makes the builds of the triggers that wait for it.
func (s *Server) Hear(ctx context.Context, h Hook) (*Answer, error) {
	if h.Push != nil && h.Pull != nil {
		return nil, invalid("an event is a push or a pull request")
	}
	if s.cfg.Remotes == nil {
		return nil, status.Error(codes.Unimplemented, "repositories are not emulated here")
	}
	r, err := git.Open(ctx, h.Folder)
	if err != nil {
		return nil, status.Errorf(codes.FailedPrecondition, "%v", err)
	}
	if h.Remote == "" {
		if h.Remote = r.Origin(ctx); h.Remote == "" {
			return nil, invalid("the repository in %s has no remote named origin: its URL must be given", h.Folder)
		}
	}
	remote, err := git.Canonical(h.Remote)
	if err != nil {
		return nil, invalid("%v", err)
	}
	r, isNew, err := s.cfg.Remotes.Tie(ctx, remote, h.Folder)
	if err != nil {
		return nil, status.Errorf(codes.FailedPrecondition, "%v", err)
	}
	a := &Answer{Remote: remote, Folder: h.Folder, Triggers: []Fired{}}
	var e trigger.Event
	at := checkout{remote: remote}
	switch {
	case h.Push != nil:
		e, err = s.pushed(ctx, r, h.Push, isNew, &at, a)
	case h.Pull != nil:
		e, err = pulled(ctx, r, h.Pull, &at, a)
	default:
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	a.Commit, a.Changed = e.Commit, e.Changed
	for _, t := range s.Triggers() {
		a.Triggers = append(a.Triggers, s.fire(ctx, t, e, at))
	}
	if h.Push != nil {
		if err := s.cfg.Remotes.Pushed(remote, a.Ref, e.Commit); err != nil {
			return nil, status.Errorf(codes.Internal, "noting the push: %v", err)
		}
	}
	return a, nil
}

// fire makes a trigger's build for an event, if it waits for it.
func (s *Server) fire(ctx context.Context, t *trigger.Trigger, e trigger.Event, at checkout) Fired {
	p := placeOf(t)
	f := Fired{Project: p.project, Location: p.location, Name: t.GetName(), ID: t.GetId()}
	src, err := trigger.SourceOf(t)
	switch watched := s.eventRemote(src); {
	case err != nil:
		f.Reason = err.Error()
	case src.Manual():
		f.Reason = "it is run by hand"
	case watched == "":
		f.Reason = "the repository that it watches is gone"
	case watched != at.remote:
		f.Reason = "it watches " + watched
	default:
		f.Reason = trigger.Refuse(t, src, e)
	}
	if f.Reason != "" {
		return f
	}
	f.Fired = true
	at.repository = src.Repository
	op, err := s.runTrigger(ctx, p, t, at, nil)
	if err != nil {
		f.Error = "Failed to trigger build: " + status.Convert(err).Message()
		return f
	}
	var meta cloudbuildpb.BuildOperationMetadata
	if err := op.GetMetadata().UnmarshalTo(&meta); err != nil {
		f.Error = err.Error()
		return f
	}
	f.Build, f.Status, f.LogURL = meta.GetBuild().GetId(), meta.GetBuild().GetStatus().String(), meta.GetBuild().GetLogUrl()
	return f
}

// pushed makes an event of a push. In a repository that nothing was known of, what
// was not said to be there before is new.
func (s *Server) pushed(ctx context.Context, r git.Repository, p *Push, isNew bool, at *checkout, a *Answer) (e trigger.Event, err error) {
	ref := p.Ref
	if ref == "" {
		branch, err := r.Branch(ctx)
		if err != nil {
			return e, gitFault(err)
		}
		ref = "refs/heads/" + branch
	}
	var ok bool
	if e.Branch, ok = strings.CutPrefix(ref, "refs/heads/"); !ok {
		e.Branch = ""
		if e.Tag, ok = strings.CutPrefix(ref, "refs/tags/"); !ok {
			return e, invalid("invalid ref %q: must be refs/heads/… or refs/tags/…", ref)
		}
	}
	at.branch, at.tag, a.Ref = e.Branch, e.Tag, ref
	if git.Zero(p.After) {
		return e, nil
	}
	if e.Commit, err = r.Commit(ctx, or(p.After, ref)); err != nil {
		return e, gitFault(err)
	}
	at.commit = e.Commit
	before := p.Before
	if before == "" && !isNew {
		before = s.cfg.Remotes.Last(at.remote, ref)
	}
	if before != "" && !git.Zero(before) {
		if before, err = r.Commit(ctx, before); err == nil {
			e.Changed, err = r.Changed(ctx, before, e.Commit)
			return e, gitFault(err)
		}
		if p.Before != "" {
			return e, gitFault(err)
		}
	}
	e.Changed, err = r.Files(ctx, e.Commit) // a new branch: all of them
	return e, gitFault(err)
}

// pulled makes an event of a pull request: its files are those that its head changed
// since it left its base.
func pulled(ctx context.Context, r git.Repository, p *Pull, at *checkout, a *Answer) (e trigger.Event, err error) {
	if p.Number <= 0 {
		return e, invalid("the number of a pull request must be given")
	}
	e = trigger.Event{Number: p.Number, Base: p.Base, Head: p.Head, HeadRemote: at.remote, Comment: p.Comment, Author: !p.Outsider, By: !p.Stranger}
	if e.Head == "" {
		if e.Head, err = r.Branch(ctx); err != nil {
			return e, gitFault(err)
		}
	}
	var base string
	for _, b := range slices.Compact([]string{or(e.Base, "main"), or(e.Base, "master")}) {
		if base, err = r.Commit(ctx, "refs/heads/"+b); err == nil {
			e.Base = b
			break
		}
	}
	if err != nil {
		return e, gitFault(err)
	}
	if e.Commit, err = r.Commit(ctx, or(p.HeadCommit, "refs/heads/"+e.Head)); err != nil {
		return e, gitFault(err)
	}
	if p.Fork != "" {
		if e.HeadRemote, err = git.Canonical(p.Fork); err != nil {
			return e, invalid("%v", err)
		}
	}
	at.commit, at.branch, a.Ref = e.Commit, e.Head, fmt.Sprintf("refs/pull/%d/head", p.Number)
	at.substitutions = map[string]string{"_PR_NUMBER": strconv.Itoa(p.Number), "_HEAD_BRANCH": e.Head, "_BASE_BRANCH": e.Base, "_HEAD_REPO_URL": strings.TrimSuffix(e.HeadRemote, ".git")}
	e.Changed, err = r.Changed(ctx, r.Fork(ctx, base, e.Commit), e.Commit)
	return e, gitFault(err)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
