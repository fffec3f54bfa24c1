package registry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/distribution/distribution/v3"
	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// GetTag answers which version a tag is of. A missing repository, package and
// tag are the same NOT_FOUND.
func (s *Server) GetTag(ctx context.Context, req *artifactregistrypb.GetTagRequest) (*artifactregistrypb.Tag, error) {
	n, err := s.begin(ctx, "GetTag", req.GetName(), tagIs)
	if err != nil {
		return nil, err
	}
	if err := s.has(n); err != nil {
		return nil, err
	}
	if n.version, err = s.current(n); errors.Is(err, fs.ErrNotExist) {
		return nil, errNotFound
	} else if err != nil {
		return nil, internal(err)
	}
	return tagOf(n), nil
}

func tagOf(n name) *artifactregistrypb.Tag {
	return &artifactregistrypb.Tag{Name: n.tagName(), Version: n.versionName()}
}

// ListTags answers a package's tags, by name.
func (s *Server) ListTags(ctx context.Context, req *artifactregistrypb.ListTagsRequest) (*artifactregistrypb.ListTagsResponse, error) {
	n, err := s.begin(ctx, "ListTags", req.GetParent(), packageIs)
	if err != nil {
		return nil, err
	}
	if err := s.has(n); err != nil {
		return nil, err
	}
	byName, err := filter(req.GetFilter(), "name")
	byVersion := func(string) bool { return true }
	if err != nil {
		byName = byVersion
		if byVersion, err = filter(req.GetFilter(), "version"); err != nil {
			return nil, err
		}
	}
	names, err := s.tags(n)
	if err != nil {
		return nil, internal(err)
	}
	names = slices.DeleteFunc(names, func(t name) bool { return !byName(t.tagName()) || !byVersion(t.versionName()) })
	names, next, err := page(names, req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer := &artifactregistrypb.ListTagsResponse{NextPageToken: next}
	for _, t := range names {
		answer.Tags = append(answer.Tags, tagOf(t))
	}
	return answer, nil
}

// CreateTag gives a version a tag that nothing has yet.
func (s *Server) CreateTag(ctx context.Context, req *artifactregistrypb.CreateTagRequest) (*artifactregistrypb.Tag, error) {
	n, err := s.begin(ctx, "CreateTag", req.GetParent(), packageIs)
	if err != nil {
		return nil, err
	}
	if n.tag = req.GetTagId(); !tagName.MatchString(n.tag) {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid tag id %.140q.", n.tag)
	}
	if given := req.GetTag().GetName(); given != "" && given != n.tagName() {
		return nil, status.Errorf(codes.InvalidArgument, "tag.name %.200q does not agree with the tag id %q.", given, n.tag)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.repository(n); err != nil {
		return nil, err
	}
	if _, err := s.current(n); err == nil {
		return nil, status.Errorf(codes.AlreadyExists, "tag %q already exists", n.tag)
	}
	return s.point(ctx, n, req.GetTag().GetVersion())
}

// UpdateTag moves an existing tag to another version.
func (s *Server) UpdateTag(ctx context.Context, req *artifactregistrypb.UpdateTagRequest) (*artifactregistrypb.Tag, error) {
	n, err := s.begin(ctx, "UpdateTag", req.GetTag().GetName(), tagIs)
	if err != nil {
		return nil, err
	}
	for _, path := range req.GetUpdateMask().GetPaths() {
		if path != "version" && path != "*" {
			return nil, status.Errorf(codes.InvalidArgument, "Invalid field %.80q in update_mask.", path)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.repository(n); err != nil {
		return nil, err
	}
	if _, err := s.current(n); err != nil {
		return nil, errNotFound
	}
	return s.point(ctx, n, req.GetTag().GetVersion())
}

// point lets a tag point to a version of its package; the caller holds the lock.
func (s *Server) point(ctx context.Context, n name, version string) (*artifactregistrypb.Tag, error) {
	v, err := parse(version, versionIs...)
	if err != nil {
		return nil, err
	}
	if v.pkgName() != n.pkgName() {
		return nil, status.Error(codes.InvalidArgument, "A tag and its version must be of the same package.")
	}
	if n.version = v.version; !s.stored(n) {
		return nil, status.Errorf(codes.NotFound, "version %q not found", version)
	}
	tags, err := s.tagService(ctx, n)
	if err != nil {
		return nil, internal(err)
	}
	if err := tags.Tag(ctx, n.tag, distribution.Descriptor{Digest: digest.Digest(n.version)}); err != nil {
		return nil, internal(err)
	}
	return tagOf(n), nil
}

func (s *Server) tagService(ctx context.Context, n name) (distribution.TagService, error) {
	named, err := reference.WithName(n.oci())
	if err != nil {
		return nil, err
	}
	repo, err := s.images.Repository(ctx, named)
	if err != nil {
		return nil, err
	}
	return repo.Tags(ctx), nil
}

// DeleteTag removes a tag and leaves its version.
func (s *Server) DeleteTag(ctx context.Context, req *artifactregistrypb.DeleteTagRequest) (*emptypb.Empty, error) {
	n, err := s.begin(ctx, "DeleteTag", req.GetName(), tagIs)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.repository(n); err != nil {
		return nil, err
	}
	if _, err := s.current(n); err != nil {
		return nil, errNotFound
	}
	return &emptypb.Empty{}, s.untag(n)
}

// untag removes a tag's folder, its current link first so that no half is seen.
func (s *Server) untag(n name) error {
	dir := filepath.Join(s.ociPath(n.oci()), "_manifests", "tags", n.tag)
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "current")), os.RemoveAll(dir)); err != nil {
		return internal(err)
	}
	return nil
}
