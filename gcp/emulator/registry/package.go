package registry

import (
	"context"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// ListPackages answers the packages of a repository, by name.
func (s *Server) ListPackages(ctx context.Context, req *artifactregistrypb.ListPackagesRequest) (*artifactregistrypb.ListPackagesResponse, error) {
	n, err := s.begin(ctx, "ListPackages", req.GetParent(), repositoryIs)
	if err != nil {
		return nil, err
	}
	if err := s.has(n); err != nil {
		return nil, err
	}
	names, err := s.packages(n)
	if err != nil {
		return nil, internal(err)
	}
	names, next, err := page(names, req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	answer := &artifactregistrypb.ListPackagesResponse{NextPageToken: next}
	for _, p := range names {
		pkg, err := s.packageOf(p)
		if err != nil {
			return nil, err
		}
		answer.Packages = append(answer.Packages, pkg)
	}
	return answer, nil
}

// GetPackage answers one package, which exists as long as it has a version.
func (s *Server) GetPackage(ctx context.Context, req *artifactregistrypb.GetPackageRequest) (*artifactregistrypb.Package, error) {
	n, err := s.begin(ctx, "GetPackage", req.GetName(), packageIs)
	if err != nil {
		return nil, err
	}
	if err := s.has(n); err != nil {
		return nil, err
	}
	return s.packageOf(n)
}

func (s *Server) packageOf(n name) (*artifactregistrypb.Package, error) {
	versions, err := s.versions(n)
	if err != nil {
		return nil, internal(err)
	}
	if len(versions) == 0 {
		return nil, errNotFound
	}
	first, last := versions[0].uploaded, time.Time{}
	for _, v := range versions {
		if v.uploaded.Before(first) {
			first = v.uploaded
		}
		if v.uploaded.After(last) {
			last = v.uploaded
		}
	}
	return &artifactregistrypb.Package{Name: n.pkgName(), CreateTime: timestamppb.New(first), UpdateTime: timestamppb.New(last)}, nil
}
