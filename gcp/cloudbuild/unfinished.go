package cloudbuild

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

// Unfinished is a build that has not ended, for who wants to leave alone what
// it works with.
type Unfinished struct {
	ID    string
	Began time.Time // when its run began to look at the registry, or it was created
	Names []string  // the digests and keys in its steps
}

// hashes are the digests and keys of a build's steps.
var hashes = regexp.MustCompile(`\b(?:sha256:)?[0-9a-f]{64}\b`)

// Unfinished gives the builds with the tag that have not ended.
func (b Builds) Unfinished(ctx context.Context, tag string) ([]Unfinished, error) {
	const most = 1000
	builds, err := b.Client.List(ctx, b.Project, b.Region, unended(tag), most)
	if err != nil {
		return nil, err
	}
	var all []Unfinished
	for _, build := range builds {
		all = append(all, unfinished(build))
	}
	return all, nil
}

func unfinished(b *cloudbuildpb.Build) Unfinished {
	u := Unfinished{ID: b.GetId(), Began: b.GetCreateTime().AsTime()}
	if at, err := time.Parse(time.RFC3339Nano, b.GetSubstitutions()[Started]); err == nil && at.Before(u.Began) {
		u.Began = at
	}
	u.Names = Names(b)
	return u
}

// Names are the digests and keys in a build's steps, each once.
func Names(b *cloudbuildpb.Build) (names []string) {
	for _, s := range b.GetSteps() {
		text := strings.Join(append([]string{s.GetName()}, s.GetArgs()...), " ")
		names = append(names, hashes.FindAllString(text, -1)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
