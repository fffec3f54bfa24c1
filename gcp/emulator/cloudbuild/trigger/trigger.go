// Package trigger decides about Cloud Build's triggers: which are valid, what an
// update changes, which fire for an event, and what the builds of those are told.
// It works on values: it reads no repository, keeps nothing and starts nothing.
package trigger

import (
	"errors"
	"fmt"
	"regexp"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

type (
	// Trigger is one as the Go client knows it. Fields that it lacks are in its
	// unknown ones, by the numbers of File.
	Trigger = cloudbuildpb.BuildTrigger
	push    = cloudbuildpb.PushFilter
	pull    = cloudbuildpb.PullRequestFilter
)

// Patterns of what triggers name.
var (
	// Repository is a 2nd-generation repository: project, location, connection, repository.
	Repository = regexp.MustCompile(`^projects/([^/]+)/locations/([^/]+)/connections/([^/]+)/repositories/([^/]+)$`)
	// Link is one of Developer Connect: project, location, connection, link.
	Link    = regexp.MustCompile(`^projects/([^/]+)/locations/([^/]+)/connections/([^/]+)/gitRepositoryLinks/([^/]+)$`)
	account = regexp.MustCompile(`^projects/[^/]+/serviceAccounts/[^/]+$`)
	named   = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$`)
	userKey = regexp.MustCompile(`^_[A-Z0-9_]+$`)
)

// Whole is a trigger as a message that has all fields of File.
func Whole(t *Trigger) (*dynamicpb.Message, error) {
	m := dynamicpb.NewMessage(message("BuildTrigger"))
	data, err := proto.Marshal(t)
	if err == nil {
		err = proto.Unmarshal(data, m)
	}
	return m, err
}

// Plain is the reverse of Whole.
func Plain(m *dynamicpb.Message) (*Trigger, error) {
	t := &Trigger{}
	data, err := proto.Marshal(m)
	if err == nil {
		err = proto.Unmarshal(data, t)
	}
	return t, err
}

// MarshalJSON is a trigger as REST shows it.
func MarshalJSON(t *Trigger) ([]byte, error) {
	m, err := Whole(t)
	if err != nil {
		return nil, err
	}
	return protojson.Marshal(m)
}

// UnmarshalJSON is the reverse. Fields of a newer version are left out.
func UnmarshalJSON(data []byte) (*Trigger, error) {
	m := dynamicpb.NewMessage(message("BuildTrigger"))
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, m); err != nil {
		return nil, err
	}
	return Plain(m)
}

// Source is what a trigger waits for. Of the first three at most one is set; none:
// the trigger is run by hand.
type Source struct {
	Repository string                           // of the 2nd generation, by its resource name
	Link       string                           // of Developer Connect, by its resource name
	GitHub     *cloudbuildpb.GitHubEventsConfig // of the 1st generation
	Push       *push
	Pull       *pull
}

// Manual says whether it is only run by hand.
func (s Source) Manual() bool { return s.Push == nil && s.Pull == nil }

// SourceOf reads what a trigger waits for. An error is a status that Google sends.
func SourceOf(t *Trigger) (Source, error) {
	var all []Source
	if c := t.GetRepositoryEventConfig(); c != nil {
		all = append(all, Source{Repository: c.GetRepository(), Push: c.GetPush(), Pull: c.GetPullRequest()})
	}
	if c := t.GetGithub(); c != nil {
		all = append(all, Source{GitHub: c, Push: c.GetPush(), Pull: c.GetPullRequest()})
	}
	link, err := linked(t)
	if err != nil {
		return Source{}, err
	}
	if link != nil {
		all = append(all, *link)
	}
	switch len(all) {
	case 0:
		return Source{}, nil
	case 1:
		return all[0], nil
	}
	return Source{}, errors.New("a trigger must have one event source, and has several")
}

// linked is the source in the field that the Go client lacks.
func linked(t *Trigger) (*Source, error) {
	if len(t.ProtoReflect().GetUnknown()) == 0 {
		return nil, nil
	}
	m, err := Whole(t)
	if err != nil {
		return nil, err
	}
	f := m.Descriptor().Fields().ByName("developer_connect_event_config")
	if !m.Has(f) {
		return nil, nil
	}
	c := m.Get(f).Message()
	s := &Source{Link: c.Get(c.Descriptor().Fields().ByName("git_repository_link")).String(), Push: &push{}, Pull: &pull{}}
	for name, into := range map[string]proto.Message{"push": s.Push, "pull_request": s.Pull} {
		f := field(c.Descriptor(), name)
		if !c.Has(f) {
			continue
		}
		data, err := proto.Marshal(c.Get(f).Message().Interface())
		if err == nil {
			err = proto.Unmarshal(data, into)
		}
		if err != nil {
			return nil, err
		}
	}
	if !c.Has(field(c.Descriptor(), "push")) {
		s.Push = nil
	}
	if !c.Has(field(c.Descriptor(), "pull_request")) {
		s.Pull = nil
	}
	return s, nil
}

// EventType is the value of eventType, or "".
func EventType(t *Trigger) string {
	m, err := Whole(t)
	if err != nil {
		return ""
	}
	f := field(m.Descriptor(), "event_type")
	if !m.Has(f) {
		return ""
	}
	n := m.Get(f).Enum()
	if v := f.Enum().Values().ByNumber(n); v != nil {
		return string(v.Name())
	}
	return fmt.Sprint(n)
}
