package cloudbuild

import (
	"context"
	"errors"
	"fmt"
	"io"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
)

// remote is the canonical URL of a repository by its resource name.
func (s *Server) remote(name string) (string, bool) {
	for _, find := range s.cfg.Repositories {
		if remote, ok := find(name); ok {
			return remote, true
		}
	}
	return "", false
}

// remoteOf is that of a repository by its resource name, or else by its URL.
func (s *Server) remoteOf(name, uri string) (string, bool) {
	if name != "" {
		return s.remote(name)
	}
	remote, err := git.Canonical(uri)
	return remote, err == nil
}

// github is the URL of a repository of the 1st generation.
func github(g *cloudbuildpb.GitHubEventsConfig) string {
	return "https://github.com/" + g.GetOwner() + "/" + g.GetName() + ".git"
}

// mapped says whether a repository of the 1st generation is connected: a folder on
// this machine stands for it.
func (s *Server) mapped(uri string) bool {
	remote, err := git.Canonical(uri)
	return err == nil && s.cfg.Remotes != nil && s.cfg.Remotes.Known(remote)
}

// eventRemote is the repository that a trigger watches; "" = it is gone.
func (s *Server) eventRemote(src trigger.Source) string {
	remote := ""
	switch {
	case src.GitHub != nil:
		remote, _ = git.Canonical(github(src.GitHub))
	case src.Repository != "":
		remote, _ = s.remote(src.Repository)
	case src.Link != "":
		remote, _ = s.remote(src.Link)
	}
	return remote
}

// repository opens the folder that stands for a remote.
func (s *Server) repository(ctx context.Context, remote string) (git.Repository, error) {
	if s.cfg.Remotes == nil {
		return git.Repository{}, status.Error(codes.Unimplemented, "sources in git are not emulated here")
	}
	r, err := s.cfg.Remotes.Find(ctx, remote)
	if errors.Is(err, git.ErrNoRepository) && s.cfg.Remotes.Folder(remote) == "" {
		return r, status.Errorf(codes.FailedPrecondition, "no folder on this machine stands for the repository %q: see `gcpdeploy local event --help`", remote)
	}
	return r, gitFault(err)
}

// resolveGit pins the commit of a build's source in git.
func (s *Server) resolveGit(ctx context.Context, b *cloudbuildpb.Build) error {
	var name, uri, rev string
	if g := b.GetSource().GetGitSource(); g != nil {
		uri, rev = g.GetUrl(), g.GetRevision()
	} else if c := b.GetSource().GetConnectedRepository(); c != nil {
		name, rev = c.GetRepository(), c.GetRevision()
	} else {
		return nil
	}
	remote, ok := s.remoteOf(name, uri)
	if !ok {
		return invalid("could not resolve source: repository %q was not found", name+uri)
	}
	r, err := s.repository(ctx, remote)
	if err != nil {
		return err
	}
	commit, err := r.Commit(ctx, revision(rev))
	if err != nil {
		return gitFault(err)
	}
	b.SourceProvenance = &cloudbuildpb.SourceProvenance{ResolvedGitSource: &cloudbuildpb.GitSource{Url: remote, Revision: commit}}
	if name != "" {
		b.SourceProvenance = &cloudbuildpb.SourceProvenance{ResolvedConnectedRepository: &cloudbuildpb.ConnectedRepository{Repository: name, Revision: commit}}
	}
	return nil
}

// clone checks a build's commit out into its workspace.
func (s *Server) clone(ctx context.Context, b *cloudbuildpb.Build, workspace string, log io.Writer) error {
	p := b.GetSourceProvenance()
	commit := p.GetResolvedGitSource().GetRevision() + p.GetResolvedConnectedRepository().GetRevision()
	remote, ok := s.remoteOf(p.GetResolvedConnectedRepository().GetRepository(), p.GetResolvedGitSource().GetUrl())
	if !ok {
		return errors.New("failed to fetch source: its repository is gone")
	}
	r, err := s.repository(ctx, remote)
	if err == nil {
		err = r.Clone(ctx, commit, remote, workspace, log)
	}
	if err != nil {
		return fmt.Errorf("failed to fetch source: %w", err)
	}
	return nil
}
