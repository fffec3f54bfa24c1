// Package notify says whom to tell of a refresh of wheels, when, and what: values
// alone. How a message gets there it does not know; gcp/notify does.
package notify

import (
	"regexp"
	"strings"
)

// Destination is somebody to tell: a topic of Pub/Sub, or a webhook whose URL is
// a secret's value.
type Destination struct {
	Topic  string // projects/P/topics/T, or T of the project at hand; "" = it is a webhook
	Secret string // projects/P/secrets/S, or S of the project at hand
	// Version of the secret: "latest", or a number.
	Version string
}

// What names look like, but for their lengths: patterns that count are dear, and every
// start would pay. Source: the protos' comments on Topic.name, and on
// CreateSecretRequest.secret_id.
var (
	isTopic  = regexp.MustCompile(`^(projects/[a-z][a-z0-9.:-]*/topics/)?[A-Za-z][-A-Za-z0-9_.~+%]*$`)
	isSecret = regexp.MustCompile(`^(projects/[a-z0-9][a-z0-9.:-]*/secrets/)?[A-Za-z0-9_-]+$`)
	isNumber = regexp.MustCompile(`^(latest|[1-9][0-9]*)$`)
)

// longest is what an ID may be.
const longest = 255

// Forms are how a destination is written.
const Forms = "topic:NAME or webhook:SECRET[:VERSION]"

// Parse reads a destination as it is written; ok is false where it has another form.
func Parse(s string) (d Destination, ok bool) {
	kind, name, _ := strings.Cut(s, ":")
	switch kind {
	case "topic":
		d.Topic = name
		id := name[strings.LastIndexByte(name, '/')+1:]
		return d, isTopic.MatchString(name) && !strings.HasPrefix(id, "goog") && len(id) >= 3 && len(id) <= longest
	case "webhook":
		d.Secret, d.Version = name, "latest"
		if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
			d.Secret, d.Version = name[:i], name[i+1:]
		}
		return d, isSecret.MatchString(d.Secret) && len(d.Secret) <= 2*longest && isNumber.MatchString(d.Version)
	}
	return d, false
}

// In is the destination with its full name.
func (d Destination) In(project string) Destination {
	if d.Topic != "" && !strings.Contains(d.Topic, "/") {
		d.Topic = "projects/" + project + "/topics/" + d.Topic
	}
	if d.Secret != "" && !strings.Contains(d.Secret, "/") {
		d.Secret = "projects/" + project + "/secrets/" + d.Secret
	}
	return d
}

// String names it for people: a webhook by its secret, as its URL is one.
func (d Destination) String() string {
	if d.Topic != "" {
		return "the topic " + d.Topic
	}
	return "the webhook of the secret " + d.Secret
}

// When is which ends are told.
type When string

// The ends that can be asked for.
const (
	OnFailure When = "failure" // what failed
	OnChange  When = "change"  // and what changed
	Always    When = "always"  // and that nothing did
)

// Whens are all of them, the default first.
var Whens = []When{OnFailure, OnChange, Always}

// Status is how a refresh ended.
type Status string

// The ends of a refresh.
const (
	Failed    Status = "failed"
	Promoted  Status = "promoted"
	Unchanged Status = "nothing_to_do"
)

// Wants says whether an end is told.
func (w When) Wants(s Status) bool {
	return s == Failed || w == Always || w == OnChange && s == Promoted
}
