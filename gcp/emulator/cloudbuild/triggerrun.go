package cloudbuild

import (
	"context"
	"errors"
	"maps"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
)

// RunBuildTrigger makes the build of a trigger at once.
func (s *Server) RunBuildTrigger(ctx context.Context, req *cloudbuildpb.RunBuildTriggerRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "RunBuildTrigger"); err != nil {
		return nil, err
	}
	p, t, err := s.findTrigger(req.GetName(), req.GetProjectId(), req.GetTriggerId())
	if err != nil {
		return nil, err
	}
	src := req.GetSource()
	if src.GetRepoName() != "" || src.GetDir() != "" || src.GetInvertRegex() || src.GetProjectId() != "" && src.GetProjectId() != p.project {
		return nil, invalid("source of a trigger's run: a branch, a tag or a commit, and substitutions are all that can be given")
	}
	at, err := s.at(ctx, t, src)
	if err != nil {
		return nil, err
	}
	op, err := s.runTrigger(ctx, p, t, at, src.GetSubstitutions())
	if err != nil {
		return nil, err
	}
	return op, s.Faults.Take(ctx, "RunBuildTrigger.reply")
}

// at is where a trigger that is run by hand builds: what was named, or what it names itself.
func (s *Server) at(ctx context.Context, t *trigger.Trigger, src *cloudbuildpb.RepoSource) (at checkout, err error) {
	event, err := trigger.SourceOf(t)
	if err != nil {
		return at, invalid("%v", err)
	}
	ref, named := src.GetCommitSha(), src.GetRevision() != nil
	switch {
	case src.GetBranchName() != "":
		at.branch, ref = src.GetBranchName(), "refs/heads/"+src.GetBranchName()
	case src.GetTagName() != "":
		at.tag, ref = src.GetTagName(), "refs/tags/"+src.GetTagName()
	}
	switch from := t.GetSourceToBuild(); {
	case !event.Manual():
		at.repository, at.remote = event.Repository, s.eventRemote(event)
		if ref == "" {
			return at, invalid("a branch, a tag or a commit must be given")
		}
	case from == nil:
		if named {
			return at, invalid("the trigger has no source: a branch, a tag or a commit cannot be given")
		}
		return checkout{}, nil
	default:
		at.repository = from.GetRepository()
		at.remote, _ = s.remoteOf(from.GetRepository(), from.GetUri())
		if ref == "" {
			ref = from.GetRef()
			at.branch, _ = strings.CutPrefix(ref, "refs/heads/")
			if at.branch == ref {
				at.branch = ""
			}
			if tag, ok := strings.CutPrefix(ref, "refs/tags/"); ok {
				at.tag = tag
			}
		}
	}
	r, err := s.repository(ctx, at.remote)
	if err != nil {
		return at, err
	}
	at.commit, err = r.Commit(ctx, ref)
	return at, gitFault(err)
}

// checkout is a commit of a repository, and why it is built. Without a remote it is none.
type checkout struct {
	repository    string // resource name, of the 2nd generation
	remote        string
	commit        string
	branch, tag   string
	substitutions map[string]string // of a pull request
}

// runTrigger makes a trigger's build of a commit.
func (s *Server) runTrigger(ctx context.Context, p place, t *trigger.Trigger, at checkout, substitutions map[string]string) (*longrunningpb.Operation, error) {
	b, path, err := s.template(ctx, t, at)
	if err != nil {
		return nil, err
	}
	for key := range substitutions {
		if !strings.HasPrefix(key, "_") {
			return nil, invalid("substitution key %q is not one of a user's, which begin with an underscore", key)
		}
	}
	given := maps.Clone(b.Substitutions)
	if given == nil {
		given = map[string]string{}
	}
	maps.Copy(given, t.GetSubstitutions())
	maps.Copy(given, substitutions)
	if b.Substitutions = given; len(given) == 0 {
		b.Substitutions = nil
	}
	if b.Options == nil {
		b.Options = &cloudbuildpb.BuildOptions{}
	}
	b.Options.SubstitutionOption, b.Options.DynamicSubstitutions = cloudbuildpb.BuildOptions_ALLOW_LOOSE, true
	if t.GetServiceAccount() != "" {
		b.ServiceAccount = t.GetServiceAccount()
	}
	b.Tags = append(append(b.Tags, t.GetTags()...), "trigger-"+t.GetId())
	if at.remote != "" {
		b.Source = at.source()
	}
	of := triggered{trigger: t.GetId(), known: s.known(p, t, b, at, path), approval: t.GetApprovalConfig().GetApprovalRequired()}
	return s.create(ctx, &cloudbuildpb.CreateBuildRequest{Parent: "projects/" + p.project + "/locations/" + p.location, ProjectId: p.project, Build: b}, of)
}

// template is a copy of the build that a trigger makes, and the path of its file, if it
// is read from one.
func (s *Server) template(ctx context.Context, t *trigger.Trigger, at checkout) (b *cloudbuildpb.Build, path string, err error) {
	if b := t.GetBuild(); b != nil {
		return proto.CloneOf(b), "", nil
	}
	remote, commit := at.remote, at.commit
	path = t.GetFilename()
	if f := t.GetGitFileSource(); f != nil {
		path = f.GetPath()
		other, ok := s.remoteOf(f.GetRepository(), f.GetUri())
		if !ok {
			return nil, "", status.Errorf(codes.NotFound, "generic::not_found: repository %q was not found", f.GetRepository()+f.GetUri())
		}
		if other != remote || f.GetRevision() != "" {
			r, err := s.repository(ctx, other)
			if err != nil {
				return nil, "", err
			}
			if commit, err = r.Commit(ctx, revision(f.GetRevision())); err != nil {
				return nil, "", gitFault(err)
			}
			remote = other
		}
	}
	r, err := s.repository(ctx, remote)
	if err != nil {
		return nil, "", err
	}
	data, err := r.File(ctx, commit, path)
	if errors.Is(err, git.ErrNoFile) {
		return nil, "", status.Errorf(codes.NotFound, "%s:%s: ", git.Name(remote), path) // all that Google says
	}
	if err != nil {
		return nil, "", gitFault(err)
	}
	if b, err = trigger.ReadBuild(data); err != nil {
		return nil, "", invalid("failed unmarshalling build config %s: %v", path, err)
	}
	return b, path, nil
}

// revision of a build file; by default the default branch, which HEAD is.
func revision(r string) string {
	if r == "" {
		return "HEAD"
	}
	return r
}

// gitFault is what Google says of a commit that it cannot read.
func gitFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, git.ErrNoCommit):
		return status.Errorf(codes.FailedPrecondition, "Couldn't read commit: %v", err)
	}
	return status.Errorf(codes.FailedPrecondition, "reading the repository: %v", err)
}
