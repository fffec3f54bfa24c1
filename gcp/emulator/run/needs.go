package run

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// image makes sure that Docker has the revision's image and gives its id. A
// tag is looked up once; from then on the revision stays with what it got.
func (in *instance) image(ctx context.Context) (string, *failure) {
	s, r := in.srv, in.rev
	s.mu.Lock()
	image := r.image
	s.mu.Unlock()
	if image != "" {
		if ok, err := s.cfg.Docker.HasImage(ctx, image); ok && err == nil {
			return image, nil
		}
	}
	ref := frame.Image(s.cfg.Addr, r.svc.loc.project)(r.template.GetContainers()[0].GetImage())
	img, have, err := s.cfg.Docker.InspectImage(ctx, ref)
	if err != nil {
		return "", imageFailure(r, ref, err)
	}
	host, _, _ := strings.Cut(ref, "/")
	ours := host == s.cfg.Addr
	if ours && s.cfg.MayPull != nil {
		if err := s.cfg.MayPull(ctx, r.svc.loc.project, strings.TrimPrefix(ref, host+"/")); err != nil {
			return "", imageFailure(r, ref, errs.New(errs.Auth, "", "%w", err))
		}
	}
	if !have || (ours && !strings.Contains(ref, "@")) { // a tag of ours may have moved
		auth := docker.Auth{}
		if ours && s.cfg.PullAuth != nil { // our token is for our registry only
			auth = s.cfg.PullAuth(r.svc.loc.project)
		}
		if err := s.cfg.Docker.Pull(ctx, ref, auth); err != nil && !have {
			return "", imageFailure(r, ref, err)
		}
		if img, have, err = s.cfg.Docker.InspectImage(ctx, ref); err != nil || !have {
			return "", imageFailure(r, ref, errors.Join(err, errors.New("it is not there after the pull")))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.image != img.ID {
		r.image = img.ID
		s.saveRevision(r)
	}
	return img.ID, nil
}

// env is the container's environment: the contract's and the user's.
func (in *instance) env(ctx context.Context) ([]string, *failure) {
	r := in.rev
	ctx = frame.WithCaller(ctx, "serviceAccount:"+r.pb.GetServiceAccount())
	env := []string{
		"PORT=" + strconv.Itoa(int(in.port())), "K_SERVICE=" + r.svc.id, "K_REVISION=" + r.id(), "K_CONFIGURATION=" + r.svc.id,
	}
	for _, e := range r.template.GetContainers()[0].GetEnv() {
		value := e.GetValue()
		if ref := e.GetValueSource().GetSecretKeyRef(); ref != nil {
			version := "/secrets/" + ref.GetSecret() + "/versions/" + ref.GetVersion()
			refused := secretFailure(r, "projects/"+frame.ProjectNumber(r.svc.loc.project)+version)
			if in.srv.cfg.Secret == nil {
				return nil, refused
			}
			var err error
			if value, err = in.srv.cfg.Secret(ctx, "projects/"+r.svc.loc.project+version); err != nil {
				return nil, refused
			}
		}
		env = append(env, e.GetName()+"="+value)
	}
	return slices.Clip(env), nil
}
