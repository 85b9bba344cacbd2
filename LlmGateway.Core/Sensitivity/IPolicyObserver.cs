namespace LlmGateway.Core.Sensitivity;

/// <summary>Is told when requests begin or cease to be classified while the process runs.</summary>
public interface IPolicyObserver
{
    void ClassificationSwitched(bool isOn);
}
