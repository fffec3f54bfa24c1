package ci

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Checkout is the system of a run that somebody started by hand in a checkout.
// Its commit is what was checked out; whether files differ from it is not looked for.
const Checkout = "checkout"

// OfCheckout is the origin of a run in a checkout. remote is where it is fetched from;
// each may be "". ok is false where that says nothing.
func OfCheckout(commit, branch, remote string) (o Origin, ok bool) {
	o = Origin{System: Checkout, Event: Manual, Commit: commit, Branch: branch, Repository: repository(remote)}.Clean()
	return o, o.Commit != ""
}

// mostNote keeps a note within what a variable of a build's step may have, with room
// for its name.
const mostNote = 900

// Note is an origin as one line of JSON, of which ParseNote reads what matters of
// a release: what was deployed, from where, by which build. What makes it too long
// is left out, the least first.
func (o Origin) Note() string {
	o.Project, o.Region, o.Account = "", "", ""
	for _, least := range append([]*string{nil}, &o.BuildURL, &o.HeadRepository, &o.BaseBranch, &o.HeadBranch, &o.Trigger, &o.Repository, &o.Branch, &o.Tag) {
		if least != nil {
			*least = ""
		}
		if text := compact(o); len(text) <= mostNote {
			return text
		}
	}
	return ""
}

func compact(o Origin) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(o) // strings only: never fails
	return strings.TrimSuffix(b.String(), "\n")
}

// ParseNote reads what Note gave; ok is false where it is none. What it says is
// cleaned as what Find reads.
func ParseNote(text string) (o Origin, ok bool) {
	if len(text) > 4<<10 || json.Unmarshal([]byte(text), &o) != nil {
		return Origin{}, false
	}
	o = o.Clean()
	return o, o.System != ""
}

// Clean takes what cannot be true as not said: of an origin that was kept where
// others write.
func (o Origin) Clean() Origin {
	clean := func(how func(string) string, fields ...*string) {
		for _, f := range fields {
			*f = how(*f)
		}
	}
	event := string(o.Event)
	clean(text, &o.System, &event, &o.Build, &o.Trigger, &o.Branch, &o.Tag, &o.Repository, &o.HeadBranch, &o.BaseBranch, &o.HeadRepository)
	clean(matching(place), &o.Project, &o.Region)
	clean(matching(hexadecimal), &o.Commit)
	clean(matching(number), &o.PullRequest)
	clean(matching(email), &o.Account)
	clean(page, &o.BuildURL)
	o.Event = Event(event)
	return o
}

// String is an origin for people: "commit 0f1e2d3 of branch main, acme/shop".
func (o Origin) String() string {
	var parts []string
	if o.Commit != "" {
		what := "commit " + o.Commit[:7]
		if ref := o.Ref(); ref != "" {
			what += " of " + ref
		}
		parts = append(parts, what)
	} else if ref := o.Ref(); ref != "" {
		parts = append(parts, ref)
	}
	if o.Repository != "" {
		parts = append(parts, o.Repository)
	}
	switch {
	case o.System == Checkout:
		parts = append(parts, "as checked out, with whatever was changed")
	case o.Build != "":
		parts = append(parts, o.System+" "+o.Build)
	case o.System != "":
		parts = append(parts, o.System)
	}
	return strings.Join(parts, ", ")
}
