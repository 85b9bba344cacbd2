namespace LlmGateway.Api.Authentication;

/// <summary>
/// Makes every replica forget what it remembers of keys, so that a change in the database takes effect at once. Call it after the
/// change was committed. Returns at once.
/// </summary>
public interface IKeyRevocations
{
    /// <summary>Forgets the key with this id.</summary>
    void Forget(string keyId);

    /// <summary>Forgets every key of this owner.</summary>
    void ForgetOwner(string owner);
}

/// <summary>Without Redis this process knows of no other; what others remember ends by itself.</summary>
internal sealed class LocalKeyRevocations(DatabaseApiKeyStore keys) : IKeyRevocations
{
    public void Forget(string keyId) => keys.Forget(caller => caller.KeyId == keyId);

    public void ForgetOwner(string owner) => keys.Forget(caller => caller.Owner == owner);
}
