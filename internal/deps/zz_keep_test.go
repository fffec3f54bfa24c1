//go:build !never

package deps_test

import (
	_ "cloud.google.com/go/artifactregistry/apiv1"
	_ "cloud.google.com/go/cloudbuild/apiv1/v2"
	_ "cloud.google.com/go/longrunning"
	_ "cloud.google.com/go/run/apiv2"
	_ "cloud.google.com/go/storage"
	_ "connectrpc.com/vanguard/vanguardgrpc"
	_ "deps.dev/util/pypi"
	_ "deps.dev/util/semver"
	_ "github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/go-git/go-git/v5/plumbing/format/gitignore"
	_ "github.com/goccy/go-yaml"
	_ "github.com/gofrs/flock"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/go-containerregistry/pkg/v1/remote"
	_ "github.com/google/go-containerregistry/pkg/registry"
	_ "github.com/moby/buildkit/frontend/dockerfile/parser"
	_ "github.com/moby/buildkit/frontend/dockerfile/instructions"
	_ "github.com/moby/moby/client"
	_ "github.com/pelletier/go-toml/v2"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/urfave/cli/v2"
	_ "golang.org/x/term"
	_ "golang.org/x/sync/errgroup"
	_ "google.golang.org/grpc"
)
