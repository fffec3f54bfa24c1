package frame

import (
	"context"
	"slices"
)

// Access is what a call needs: an API of a project, and a permission on a resource.
type Access struct {
	API        string // cloudbuild.googleapis.com; "" = one that cannot be switched off
	Project    string // id or number of who is billed for it; "" = none that is known
	Permission string // "" = none
	Resource   string // full, as in a policy's store: projects/P/secrets/S
}

// Allow says whether the caller of a request may do something: nil, or the
// status error that Google sends.
type Allow func(ctx context.Context, a Access) error

// Projects is what projects are like.
type Projects struct {
	Known   []string       // their ids; nil: every project exists
	New     bool           // they begin with few APIs enabled, as at Google; not: all are
	Account DefaultAccount // whom builds run as that name nobody
}

// DefaultAccount is whom builds run as that name nobody, and what it may do.
type DefaultAccount int

const (
	ComputeEditor DefaultAccount = iota // Compute Engine's account, an editor
	ComputeBare                         // the same without a role: organisations since May 2024
	CloudBuild                          // Cloud Build's own, in projects that used it before May 2024
)

// Exists says whether there is a project, given by id or number.
func (p Projects) Exists(project string) bool {
	return p.Known == nil || slices.ContainsFunc(p.Known, func(id string) bool { return id == project || ProjectNumber(id) == project })
}

// ID is the id of a project given by id or number; a number that nobody was told
// stays.
func (p Projects) ID(project string) string {
	for _, id := range p.Known {
		ProjectNumber(id) // which keeps it
	}
	if id, ok := ids.Load(project); ok {
		return id.(string)
	}
	return project
}

// BuildAccount is the e-mail of the default account of a project's builds.
func (p Projects) BuildAccount(project string) string {
	if p.Account == CloudBuild {
		return ProjectNumber(project) + "@cloudbuild.gserviceaccount.com"
	}
	return ComputeAccount(project)
}

// ComputeAccount is the e-mail of a project's default account of Compute Engine,
// which Cloud Run services have that name none.
func ComputeAccount(project string) string {
	return ProjectNumber(project) + "-compute@developer.gserviceaccount.com"
}

// caller and quota are the keys of who calls, and of the project that it names to be billed.
type (
	caller struct{}
	quota  struct{}
)

// WithQuotaProject says which project a call is billed to.
func WithQuotaProject(ctx context.Context, project string) context.Context {
	return context.WithValue(ctx, quota{}, project)
}

// QuotaProject is the project that a call names to be billed; "" = none.
func QuotaProject(ctx context.Context) string {
	project, _ := ctx.Value(quota{}).(string)
	return project
}

// WithCaller says who calls, by the name of a policy's member; "" is the owner of
// the emulators, who may do everything.
func WithCaller(ctx context.Context, member string) context.Context {
	return context.WithValue(ctx, caller{}, member)
}

// Caller is who calls.
func Caller(ctx context.Context) string {
	member, _ := ctx.Value(caller{}).(string)
	return member
}
