package registry

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// ListVersions answers the versions of a package.
func (s *Server) ListVersions(ctx context.Context, req *artifactregistrypb.ListVersionsRequest) (*artifactregistrypb.ListVersionsResponse, error) {
	n, err := s.begin(ctx, "ListVersions", req.GetParent(), packageIs)
	if err != nil {
		return nil, err
	}
	if err := s.has(n); err != nil {
		return nil, err
	}
	match, err := filter(req.GetFilter(), "name")
	if err != nil {
		return nil, err
	}
	field, desc, err := order(req.GetOrderBy(), "name", "create_time", "update_time")
	if err != nil {
		return nil, err
	}
	versions, err := s.versions(n)
	if err != nil {
		return nil, internal(err)
	}
	versions = slices.DeleteFunc(versions, func(v version) bool { return !match(v.versionName()) })
	sortVersions(versions, field != "name", desc)
	versions, next, err := page(versions, req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer := &artifactregistrypb.ListVersionsResponse{NextPageToken: next}
	for _, v := range versions {
		shown, err := s.versionOf(v, req.GetView())
		if err != nil {
			return nil, internal(err)
		}
		answer.Versions = append(answer.Versions, shown)
	}
	return answer, nil
}

func sortVersions(versions []version, byTime, desc bool) {
	slices.SortFunc(versions, func(a, b version) int {
		c := strings.Compare(a.pkg+"@"+a.version, b.pkg+"@"+b.version)
		if t := a.uploaded.Compare(b.uploaded); byTime && t != 0 {
			c = t
		}
		if desc {
			return -c
		}
		return c
	})
}

// GetVersion answers one version, by digest.
func (s *Server) GetVersion(ctx context.Context, req *artifactregistrypb.GetVersionRequest) (*artifactregistrypb.Version, error) {
	n, err := s.begin(ctx, "GetVersion", req.GetName(), versionIs)
	if err != nil {
		return nil, err
	}
	v, err := s.version(n)
	if err != nil {
		return nil, err
	}
	shown, err := s.versionOf(v, req.GetView())
	if err != nil {
		return nil, internal(err)
	}
	return shown, nil
}

// version finds one version with its time and tags.
func (s *Server) version(n name) (version, error) {
	if err := s.has(n); err != nil {
		return version{}, err
	}
	versions, err := s.versions(n)
	if err != nil {
		return version{}, internal(err)
	}
	i := slices.IndexFunc(versions, func(v version) bool { return v.version == n.version })
	if i < 0 {
		return version{}, errNotFound
	}
	return versions[i], nil
}

// versionOf is a version as the API shows it: tags in the FULL view only,
// metadata always.
func (s *Server) versionOf(v version, view artifactregistrypb.VersionView) (*artifactregistrypb.Version, error) {
	image, err := s.imageOf(v)
	if err != nil {
		return nil, err
	}
	metadata, err := structpb.NewStruct(map[string]any{
		"name": image.GetName(), "imageSizeBytes": strconv.FormatInt(image.GetImageSizeBytes(), 10), "mediaType": image.GetMediaType(),
	})
	if err != nil {
		return nil, err
	}
	shown := &artifactregistrypb.Version{Name: v.versionName(), Metadata: metadata,
		CreateTime: timestamppb.New(v.uploaded), UpdateTime: timestamppb.New(v.uploaded)}
	if view == artifactregistrypb.VersionView_FULL {
		for _, t := range v.tags[:min(len(v.tags), 100)] {
			n := v.name
			n.tag = t
			shown.RelatedTags = append(shown.RelatedTags, tagOf(n))
		}
	}
	return shown, nil
}

// DeleteVersion removes a version. One with tags goes only by force, which
// removes them first; one that an index is made of does not go before the index.
func (s *Server) DeleteVersion(ctx context.Context, req *artifactregistrypb.DeleteVersionRequest) (*longrunningpb.Operation, error) {
	n, err := s.begin(ctx, "DeleteVersion", req.GetName(), versionIs)
	if err != nil {
		return nil, err
	}
	s.mu.Lock() // from here on no call of the API moves a tag
	defer s.mu.Unlock()
	if _, err := s.repository(n); err != nil {
		return nil, err
	}
	versions, err := s.versions(n)
	if err != nil {
		return nil, internal(err)
	}
	i := slices.IndexFunc(versions, func(v version) bool { return v.version == n.version })
	if i < 0 {
		return nil, errNotFound
	}
	v := versions[i]
	if len(v.tags) > 0 && !req.GetForce() {
		return nil, status.Error(codes.FailedPrecondition, "cannot delete version because it is tagged")
	}
	parent, err := s.parentOf(v, versions)
	if err != nil {
		return nil, internal(err)
	}
	if parent != "" {
		return nil, status.Errorf(codes.FailedPrecondition, "cannot delete manifest %q because it is referenced by parent manifest %q", v.version, parent)
	}
	for _, t := range v.tags {
		n := v.name
		n.tag = t
		if err := s.untag(n); err != nil {
			return nil, err
		}
	}
	_, hex, _ := strings.Cut(v.version, ":")
	dir := filepath.Join(s.ociPath(n.oci()), "_manifests", "revisions", "sha256", hex)
	if err := errors.Join(s.markDirty(), os.RemoveAll(dir)); err != nil {
		return nil, internal(err)
	}
	return s.done(n, &emptypb.Empty{})
}

// parentOf is the index of the same package that a version is a part of, or "".
func (s *Server) parentOf(v version, all []version) (string, error) {
	for _, other := range all {
		m, err := s.manifest(other.version)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(m.Manifests, func(d descriptor) bool { return d.Digest == v.version }) {
			return other.version, nil
		}
	}
	return "", nil
}
