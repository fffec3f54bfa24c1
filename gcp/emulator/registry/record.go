package registry

import (
	"os"
	"path/filepath"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/protobuf/encoding/protojson"
)

func (s *Server) repoPath(project, repository string) string {
	return filepath.Join(s.config.Dir, "repositories", project, repository+".json")
}

// loadRepositories reads the repositories' records, by project/repository.
func (s *Server) loadRepositories() (map[string]*artifactregistrypb.Repository, error) {
	repos := map[string]*artifactregistrypb.Repository{}
	paths, err := filepath.Glob(filepath.Join(s.config.Dir, "repositories", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		r := &artifactregistrypb.Repository{}
		if err := protojson.Unmarshal(data, r); err != nil {
			return nil, err
		}
		repos[filepath.Base(filepath.Dir(path))+"/"+strings.TrimSuffix(filepath.Base(path), ".json")] = r
	}
	return repos, nil
}
