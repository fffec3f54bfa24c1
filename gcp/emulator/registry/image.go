package registry

import (
	"context"
	"errors"
	"io/fs"
	"net/url"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// ListDockerImages answers every digest of every package of a repository.
func (s *Server) ListDockerImages(ctx context.Context, req *artifactregistrypb.ListDockerImagesRequest) (*artifactregistrypb.ListDockerImagesResponse, error) {
	n, err := s.begin(ctx, "ListDockerImages", req.GetParent(), repositoryIs)
	if err != nil {
		return nil, err
	}
	if err := s.has(n); err != nil {
		return nil, err
	}
	field, desc, err := order(req.GetOrderBy(), "name", "upload_time", "update_time")
	if err != nil {
		return nil, err
	}
	packages, err := s.packages(n)
	if err != nil {
		return nil, internal(err)
	}
	var all []version
	for _, p := range packages {
		versions, err := s.versions(p)
		if err != nil {
			return nil, internal(err)
		}
		all = append(all, versions...)
	}
	sortVersions(all, field != "name", desc)
	all, next, err := page(all, req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer := &artifactregistrypb.ListDockerImagesResponse{NextPageToken: next}
	for _, v := range all {
		image, err := s.imageOf(v)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted just now
		}
		if err != nil {
			return nil, internal(err)
		}
		answer.DockerImages = append(answer.DockerImages, image)
	}
	return answer, nil
}

// GetDockerImage answers one image by PACKAGE@DIGEST.
func (s *Server) GetDockerImage(ctx context.Context, req *artifactregistrypb.GetDockerImageRequest) (*artifactregistrypb.DockerImage, error) {
	n, err := s.begin(ctx, "GetDockerImage", req.GetName(), imageIs)
	if err != nil {
		return nil, err
	}
	v, err := s.version(n)
	if err != nil {
		return nil, err
	}
	image, err := s.imageOf(v)
	if err != nil {
		return nil, internal(err)
	}
	return image, nil
}

// imageOf is a version as a docker image.
func (s *Server) imageOf(v version) (*artifactregistrypb.DockerImage, error) {
	m, err := s.manifest(v.version)
	if err != nil {
		return nil, err
	}
	image := &artifactregistrypb.DockerImage{
		Name: v.repoName() + "/dockerImages/" + url.PathEscape(v.pkg) + "@" + v.version,
		Uri:  v.host() + "/" + v.oci() + "@" + v.version,
		Tags: v.tags, ImageSizeBytes: m.size(s), MediaType: m.MediaType, ArtifactType: m.ArtifactType,
		UploadTime: timestamppb.New(v.uploaded), UpdateTime: timestamppb.New(v.uploaded),
	}
	for _, d := range m.Manifests {
		image.ImageManifests = append(image.ImageManifests, &artifactregistrypb.ImageManifest{
			Architecture: d.Platform.Architecture, Os: d.Platform.OS, Variant: d.Platform.Variant, Digest: d.Digest, MediaType: d.MediaType})
	}
	return image, nil
}

// Image is what the registry holds under one digest, for tests and status.
type Image struct {
	Name   string // PROJECT/REPOSITORY/PACKAGE
	Digest string
	Tags   []string
}

// Images lists everything in all repositories, by name and digest.
func (s *Server) Images() ([]Image, error) {
	s.mu.Lock()
	var repos []name
	for _, r := range s.repos {
		if n, err := parse(r.GetName(), repositoryIs...); err == nil {
			repos = append(repos, n)
		}
	}
	s.mu.Unlock()
	var all []version
	for _, n := range repos {
		packages, err := s.packages(n)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			versions, err := s.versions(p)
			if err != nil {
				return nil, err
			}
			all = append(all, versions...)
		}
	}
	sortVersions(all, false, false)
	images := make([]Image, 0, len(all))
	for _, v := range all {
		images = append(images, Image{v.oci(), v.version, v.tags})
	}
	return images, nil
}
