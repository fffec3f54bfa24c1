// Package schedule turns a schedule of ours into a job of Cloud Scheduler and back,
// and makes the calls. The job posts a build to Cloud Build, as an account that may
// do that and no more. What the build does is who makes it to know.
package schedule

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Spec is a schedule as it is wanted.
type Spec struct {
	Name    string // of the job, in its project and location
	Service string
	Text    string // five fields
	Zone    string // "Europe/Berlin"
	Account string // e-mail of whom the build is posted as
	Region  string // that it runs in: "global" is one
	Build   *cloudbuildpb.Build
}

// State is a schedule as it is.
type State struct {
	Name, Text, Zone string
	State            string // "enabled", "paused", or Google's word for it
	Ours             bool   // it was made here; what follows is known of those alone
	Service          string
	Account          string
	Project, Region  string     // of its builds
	Builds           string     // the account that they run as; "" = the project's default
	Commands         [][]string // the arguments of the build's steps
	Builder          string     // image of the first
	Next, Last       time.Time  // zero: there is none, or was none
	Failed           string     // why the last post failed: "PERMISSION_DENIED"; "" = it did not
	Changed          time.Time  // by whom it may have been
}

// tag and service begin the tags by which a build says which schedule it is of, and
// for which service.
const (
	tag     = "schedule-"
	service = "scheduled-"
)

// Tag marks the builds of a schedule.
func Tag(name string) string { return tag + name }

// Name is what a schedule may be called.
var Name = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// builds is where builds are made.
var builds = regexp.MustCompile(`^https://cloudbuild\.googleapis\.com/v1/projects/([^/]+)/locations/([^/]+)/builds$`)

// Job is a spec's job. Posting is tried again: a build more finds nothing to do.
func Job(project, location string, s Spec) (*schedulerpb.Job, error) {
	b := proto.CloneOf(s.Build)
	b.Tags = append(b.Tags, Tag(s.Name), service+s.Service)
	text, err := protojson.Marshal(b)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := json.Compact(&body, text); err != nil { // protojson's blanks are random
		return nil, err
	}
	return &schedulerpb.Job{
		Name:        place(project, location) + "/jobs/" + s.Name,
		Description: "gcpdeploy " + strings.Join(commands(b), ", ") + " for " + s.Service,
		Schedule:    s.Text, TimeZone: s.Zone,
		Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{
			Uri:        "https://cloudbuild.googleapis.com/v1/" + place(project, s.Region) + "/builds",
			HttpMethod: schedulerpb.HttpMethod_POST,
			Headers:    map[string]string{"Content-Type": "application/json"},
			Body:       body.Bytes(),
			AuthorizationHeader: &schedulerpb.HttpTarget_OauthToken{OauthToken: &schedulerpb.OAuthToken{
				ServiceAccountEmail: s.Account, Scope: "https://www.googleapis.com/auth/cloud-platform",
			}},
		}},
		RetryConfig: &schedulerpb.RetryConfig{RetryCount: 2, MinBackoffDuration: durationpb.New(30 * time.Second)},
	}, nil
}

func place(project, location string) string { return "projects/" + project + "/locations/" + location }

// commands are what a build's steps run, in words.
func commands(b *cloudbuildpb.Build) (all []string) {
	for _, s := range b.GetSteps() {
		words := s.GetArgs()
		if n := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "-") }); n >= 0 {
			words = words[:n]
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

// body is the build that a job posts; nil where it posts another thing.
func body(j *schedulerpb.Job) *cloudbuildpb.Build {
	b := &cloudbuildpb.Build{}
	if builds.FindStringSubmatch(j.GetHttpTarget().GetUri()) == nil {
		return nil
	}
	if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(j.GetHttpTarget().GetBody(), b) != nil {
		return nil
	}
	return b
}

// Of is the state that a job says.
func Of(j *schedulerpb.Job) State {
	s := State{
		Name: j.GetName()[strings.LastIndexByte(j.GetName(), '/')+1:], Text: j.GetSchedule(), Zone: j.GetTimeZone(),
		State: strings.ToLower(j.GetState().String()), Account: j.GetHttpTarget().GetOauthToken().GetServiceAccountEmail(),
	}
	if at := j.GetScheduleTime(); at != nil && j.GetState() == schedulerpb.Job_ENABLED {
		s.Next = at.AsTime()
	}
	if at := j.GetLastAttemptTime(); at != nil {
		s.Last = at.AsTime()
	}
	if at := j.GetUserUpdateTime(); at != nil {
		s.Changed = at.AsTime()
	}
	if c := j.GetStatus().GetCode(); c != 0 {
		s.Failed = code.Code(c).String()
	}
	b := body(j)
	if s.Ours = slices.Contains(b.GetTags(), Tag(s.Name)) && len(b.GetSteps()) > 0; !s.Ours {
		return s
	}
	at := builds.FindStringSubmatch(j.GetHttpTarget().GetUri())
	s.Project, s.Region = at[1], at[2]
	s.Builds = b.GetServiceAccount()[strings.LastIndexByte(b.GetServiceAccount(), '/')+1:]
	s.Builder = b.GetSteps()[0].GetName()
	for _, step := range b.GetSteps() {
		args := slices.Clone(step.GetArgs())
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "$$", "$")
		}
		s.Commands = append(s.Commands, args)
	}
	for _, t := range b.GetTags() {
		if of, ok := strings.CutPrefix(t, service); ok {
			s.Service = of
		}
	}
	return s
}

// Changes are the fields of a job that are not as wanted, as an update's mask names
// them. How often a post is tried again is left as somebody may have set it.
func Changes(now, want *schedulerpb.Job) (mask []string) {
	for _, f := range []struct {
		path string
		same bool
	}{
		{"description", now.GetDescription() == want.GetDescription()},
		{"schedule", now.GetSchedule() == want.GetSchedule()},
		{"time_zone", now.GetTimeZone() == want.GetTimeZone()},
		{"http_target", sameTarget(now, want)},
	} {
		if !f.same {
			mask = append(mask, f.path)
		}
	}
	return mask
}

// sameTarget compares what decides about a post. Google adds headers of its own.
func sameTarget(now, want *schedulerpb.Job) bool {
	a, b := now.GetHttpTarget(), want.GetHttpTarget()
	return a.GetUri() == b.GetUri() && a.GetHttpMethod() == b.GetHttpMethod() &&
		a.GetHeaders()["Content-Type"] == b.GetHeaders()["Content-Type"] &&
		proto.Equal(a.GetOauthToken(), b.GetOauthToken()) && a.GetOidcToken() == nil &&
		proto.Equal(body(now), body(want))
}
