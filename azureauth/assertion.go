package azureauth

import (
	"cmp"
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/cspkit/cspkit/auth"
)

// ExchangeAudience is what a token is for that stands for an app registration,
// in the public cloud.
//
// Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
const ExchangeAudience = "api://AzureADTokenExchange"

// Assertion lets a credential stand for an app registration that trusts it by
// a federated credential, such as a managed identity: the Assertion of an
// [auth.AppConfig], in place of a client secret, also for [auth.NewUser].
// audience is what the federated credential names; empty means
// [ExchangeAudience]. The tokens fail as those of [Source] do.
//
// Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
func Assertion(credential azcore.TokenCredential, audience string) (auth.Assertion, error) {
	source, err := Source(credential, cmp.Or(audience, ExchangeAudience))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, error) {
		token, err := source.Token(ctx)
		if err != nil {
			return "", err
		}
		return token.AccessToken, nil
	}, nil
}
