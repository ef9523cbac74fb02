package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cspkit/cspkit/auth"
)

// recordingStore is a memory store that keeps a diary and can fail.
type recordingStore struct {
	auth.MemoryTokenStore
	mu    sync.Mutex
	diary []string
	fail  error
}

func (s *recordingStore) SaveToken(ctx context.Context, key string, token auth.RefreshToken) error {
	refreshToken := token.Token.Reveal()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		s.diary = append(s.diary, "fail "+refreshToken)
		return s.fail
	}
	s.diary = append(s.diary, "save "+refreshToken)
	return s.MemoryTokenStore.SaveToken(ctx, key, token)
}

func (s *recordingStore) note(entry string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.diary = append(s.diary, entry)
}

func TestUserAsksAsTheContractSays(t *testing.T) {
	fake := &endpoint{answers: []answer{token("pc1"), token("graph1")}}
	u := newUser(t, fake, nil)
	want(t, u.PartnerCenter(), "pc1")
	want(t, u.Graph(), "graph1")
	want(t, u.PartnerCenter(), "pc1")
	wantRequests(t, fake, 2)
	for i, resource := range []string{"https://api.partnercenter.microsoft.com", "https://graph.microsoft.com"} {
		if got, want := fake.urls[i], "POST https://login.microsoftonline.com/"+tenant+"/oauth2/v2.0/token"; got != want {
			t.Errorf("request = %s, want %s", got, want)
		}
		wantForm := url.Values{
			"grant_type":    {"refresh_token"},
			"refresh_token": {seed},
			"client_id":     {clientID},
			"client_secret": {secret},
			"scope":         {resource + "/.default"},
		}
		if diff := cmp.Diff(wantForm, fake.form(i+1)); diff != "" {
			t.Errorf("form differs (-want +got):\n%s", diff)
		}
	}
}

func TestNewRefreshTokenIsStoredBeforeTheAccessTokenIsUsed(t *testing.T) {
	store := new(recordingStore)
	fake := &endpoint{answers: []answer{rotated("pc1", "rt1"), rotated("graph1", "rt2")}}
	u := newUser(t, fake, store)
	for _, src := range []auth.TokenSource{u.PartnerCenter(), u.Graph()} {
		got, err := src.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		store.note("use " + got.AccessToken)
		if got.RefreshToken != "" || got.Extra("refresh_token") != nil {
			t.Error("Token() hands out the refresh token")
		}
	}
	if diff := cmp.Diff([]string{"save rt1", "use pc1", "save rt2", "use graph1"}, store.diary); diff != "" {
		t.Errorf("order differs (-want +got):\n%s", diff)
	}
	if got := fake.form(2).Get("refresh_token"); got != "rt1" {
		t.Errorf("second redemption sent %q, want rt1: both resources share the rotation", got)
	}
}

func TestStoredTokenIsPreferredWhileTheSeedIsTheSame(t *testing.T) {
	store := new(auth.MemoryTokenStore)
	if err := store.SaveToken(t.Context(), auth.TokenKey(tenant, clientID, seed), auth.RefreshToken{Token: "stored"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ seed, want auth.Secret }{{seed, "stored"}, {"new seed", "new seed"}} {
		fake := &endpoint{answers: []answer{token("at1")}}
		u, err := auth.NewUser(auth.UserConfig{App: appConfig(fake), RefreshToken: tt.seed, Store: store})
		if err != nil {
			t.Fatal(err)
		}
		want(t, u.PartnerCenter(), "at1")
		if got := fake.form(1).Get("refresh_token"); got != tt.want.Reveal() {
			t.Errorf("redeemed %q, want %q", got, tt.want.Reveal())
		}
	}
}

func TestFailedStoreFailsTheCallAndIsTriedAgain(t *testing.T) {
	broken := errors.New("disk full")
	store := &recordingStore{fail: broken}
	fake := &endpoint{answers: []answer{rotated("at1", "rt1"), rotated("at2", "rt2")}}
	src := newUser(t, fake, store).PartnerCenter()
	for range 2 {
		if _, err := src.Token(t.Context()); !errors.Is(err, broken) {
			t.Fatalf("Token() error = %v, want the store's", err)
		}
	}
	wantRequests(t, fake, 1) // while the store is broken, no further rotation
	store.fail = nil
	want(t, src, "at2")
	if got := fake.form(2).Get("refresh_token"); got != "rt1" {
		t.Errorf("redeemed %q, want rt1", got)
	}
	if diff := cmp.Diff([]string{"fail rt1", "fail rt1", "save rt1", "save rt2"}, store.diary); diff != "" {
		t.Errorf("store calls differ (-want +got):\n%s", diff)
	}
}

func TestANewSignInIsNotOverwrittenByTheRotationOfAnOldOne(t *testing.T) {
	key := auth.TokenKey(tenant, clientID, seed)
	for name, during := range map[string]bool{"during a redemption": true, "while the store was broken": false} {
		t.Run(name, func(t *testing.T) {
			store := new(recordingStore)
			signIn := func() {
				if err := store.MemoryTokenStore.SaveToken(t.Context(), key, auth.RefreshToken{Token: "new sign-in"}); err != nil {
					t.Error(err)
				}
			}
			fake := &endpoint{answers: []answer{rotated("at1", "rt1"), rotated("at2", "rt2")}}
			src := newUser(t, fake, store).PartnerCenter()
			if during {
				fake.hook = func(n int) {
					if n == 1 {
						signIn()
					}
				}
				want(t, src, "at1")
				src.(auth.Invalidator).Invalidate("at1")
			} else {
				store.fail = errors.New("disk full")
				if _, err := src.Token(t.Context()); !errors.Is(err, store.fail) {
					t.Fatalf("Token() error = %v, want the store's", err)
				}
				store.fail = nil
				signIn()
			}
			want(t, src, "at2")
			if got := fake.form(2).Get("refresh_token"); got != "new sign-in" {
				t.Errorf("redeemed %q, want that of the new sign-in", got)
			}
			if got, err := store.LoadToken(t.Context(), key); err != nil || got.Token != "rt2" {
				t.Errorf("stored %q, %v, want rt2, which followed the new sign-in", got.Token.Reveal(), err)
			}
		})
	}
}

func TestAStoreThatKeepsARedactedTokenIsFoundOut(t *testing.T) {
	store := new(auth.MemoryTokenStore)
	token := auth.RefreshToken{Token: auth.Secret(fmt.Sprint(auth.Secret("rt1")))}
	if err := store.SaveToken(t.Context(), auth.TokenKey(tenant, clientID, seed), token); err != nil {
		t.Fatal(err)
	}
	fake := new(endpoint)
	if _, err := newUser(t, fake, store).PartnerCenter().Token(t.Context()); err == nil || !strings.Contains(err.Error(), "Reveal") {
		t.Errorf("Token() error = %v, want that the store keeps the wrong text", err)
	}
	wantRequests(t, fake, 0)
}

func TestUnreadableStoreAsksNothing(t *testing.T) {
	fake := &endpoint{answers: []answer{token("at1")}}
	broken := errors.New("locked")
	if _, err := newUser(t, fake, unreadable{broken}).Graph().Token(t.Context()); !errors.Is(err, broken) {
		t.Errorf("Token() error = %v, want the store's", err)
	}
	wantRequests(t, fake, 0)
}

type unreadable struct{ err error }

func (u unreadable) LoadToken(context.Context, string) (auth.RefreshToken, error) {
	return auth.RefreshToken{}, u.err
}
func (u unreadable) SaveToken(context.Context, string, auth.RefreshToken) error { return u.err }

func TestDeadStoredTokenDoesNotFallBackToTheSeed(t *testing.T) {
	store := new(auth.MemoryTokenStore)
	if err := store.SaveToken(t.Context(), auth.TokenKey(tenant, clientID, seed), auth.RefreshToken{Token: "stored"}); err != nil {
		t.Fatal(err)
	}
	fake := &endpoint{answers: []answer{refused(400, "invalid_grant", "700082")}}
	if _, err := newUser(t, fake, store).PartnerCenter().Token(t.Context()); !errors.Is(err, auth.ErrSignInAgain) {
		t.Errorf("Token() error = %v, want ErrSignInAgain", err)
	}
	wantRequests(t, fake, 1)
}

func TestRotationSurvivesACallerWhoGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(recordingStore)
		fake := &endpoint{answers: []answer{rotated("at1", "rt1")}, hook: func(int) { time.Sleep(10 * time.Second) }}
		src := newUser(t, fake, store).PartnerCenter()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := src.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Token() error = %v, want DeadlineExceeded", err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if !slices.Equal(store.diary, []string{"save rt1"}) {
			t.Errorf("store calls = %q, want save rt1", store.diary)
		}
		want(t, src, "at1")
		wantRequests(t, fake, 1)
	})
}

func TestRedemptionsOfBothResourcesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		busy := 0
		fake := &endpoint{answers: []answer{rotated("at1", "rt1"), rotated("at2", "rt2")}, hook: func(int) {
			mu.Lock()
			busy++
			if busy > 1 {
				t.Error("two redemptions at the same time")
			}
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			busy--
			mu.Unlock()
		}}
		u := newUser(t, fake, nil)
		var wg sync.WaitGroup
		for _, src := range []auth.TokenSource{u.PartnerCenter(), u.Graph()} {
			wg.Go(func() {
				if _, err := src.Token(t.Context()); err != nil {
					t.Errorf("Token() error = %v", err)
				}
			})
		}
		wg.Wait()
		if got := fake.form(2).Get("refresh_token"); got != "rt1" {
			t.Errorf("second redemption sent %q, want rt1", got)
		}
	})
}

func TestNewUserReportsEveryProblemAtOnce(t *testing.T) {
	_, err := auth.NewUser(auth.UserConfig{})
	if err == nil {
		t.Fatal("NewUser() gave no error")
	}
	for _, field := range []string{"Tenant", "ClientID", "ClientSecret", "RefreshToken"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("NewUser() error does not name %s: %v", field, err)
		}
	}
}

func TestCloudWithoutGraph(t *testing.T) {
	cloud := auth.Public()
	cloud.Graph = ""
	fake := &endpoint{answers: []answer{token("at1")}}
	app := appConfig(fake)
	app.Cloud = cloud
	u, err := auth.NewUser(auth.UserConfig{App: app, RefreshToken: seed})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Graph().Token(t.Context()); err == nil || !strings.Contains(err.Error(), "Cloud.Graph") {
		t.Errorf("Graph().Token() error = %v, want one that names Cloud.Graph", err)
	}
	wantRequests(t, fake, 0)
	want(t, u.PartnerCenter(), "at1")
}
