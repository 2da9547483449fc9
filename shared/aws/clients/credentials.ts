/**
 * Stands for the SDK's chain of credential providers in the bundles. Lambda hands a function the credentials of its role
 * in the environment, the first link of that chain (Lambda developer guide, "Defined runtime environment variables",
 * 2026-11); the other links, for profiles, single sign-on and instances, can never be reached, and are a quarter of a bundle.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

export const defaultProvider = fromEnv;
